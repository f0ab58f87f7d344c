/** The peer: an App on Probot as its manual starts one, that hears everything and does nothing. Secret in argv[2]. */
import { generateKeyPairSync } from 'node:crypto'
import { run } from 'probot'

const [, , secret = '', port = ''] = process.argv
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
})
await run((app) => app.onAny(() => undefined), {
  env: {
    APP_ID: '1',
    PRIVATE_KEY: privateKey,
    WEBHOOK_SECRET: secret,
    HOST: '127.0.0.1',
    PORT: port,
    NODE_ENV: 'production',
    // One line for every delivery, as ours has.
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
  },
})
