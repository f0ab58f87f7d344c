import { expect, it } from '@jest/globals'
import pg from 'pg'
import { withSettings } from '../../../src/adapters/postgres/address.ts'

const OURS = '-c idle_session_timeout=15000 -c lock_timeout=2000'
const asked = (url: string): string | undefined => {
  const client = new pg.Client(withSettings({ connectionString: url }, OURS))
  return (client as unknown as { connectionParameters: { options?: string } }).connectionParameters.options
}

it('an address keeps the settings that it asks for itself, and has ours behind them', () => {
  expect(asked('postgres://mill:a%2Fb@db.example/mill')).toBe(OURS)
  expect(asked('postgres://mill@db.example/mill?options=endpoint%3Dep-1&sslmode=disable')).toBe(
    `endpoint=ep-1 ${OURS}`,
  )
  expect(asked('postgres://mill@db.example/mill?options=-c%20idle_session_timeout%3D0')).toBe(
    `-c idle_session_timeout=0 ${OURS}`,
  )
})

it('nothing else of an address changes', () => {
  const url = 'postgresql://mill:p%40ss%2Bw@localhost/mill?host=%2Ftmp%2Fa%20b'
  const plain = new pg.Client({ connectionString: url })
  const ours = new pg.Client(withSettings({ connectionString: url }, OURS))
  expect([ours.host, ours.port, ours.user, ours.database, ours.password]).toEqual([
    plain.host,
    plain.port,
    plain.user,
    plain.database,
    plain.password,
  ])
})
