import { describe, expect, it } from '@jest/globals'
import { readsManifestsOnly } from '../../src/proof/dependencies.ts'

describe('a setup command', () => {
  it.each([
    'npm ci --ignore-scripts --no-audit',
    'npm install --ignore-scripts',
    'npm install --ignore-scripts --prefix /tmp/only tape@3.6.1 && mv /tmp/only/node_modules .',
    'pip install -r requirements.txt',
  ])('that reads manifests alone is done once for equal ones: %s', (setup) => {
    expect(readsManifestsOnly(setup)).toBe(true)
  })

  it.each([
    'npm ci',
    'npm install --ignore-scripts && node build.js',
    'npm install --ignore-scripts; node build.js',
    'npm install --ignore-scripts $(cat extra)',
    'pip install -e .',
    'mv src/generated .',
    'mv /tmp/../repo/x .; rm -rf /',
    'make deps',
    '',
  ])('that may run code of the tree is done for every tree: %s', (setup) => {
    expect(readsManifestsOnly(setup)).toBe(false)
  })
})
