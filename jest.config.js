// Jest in ESM mode: swc strips the types, Node's own loader resolves the modules.
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Otherwise jest watches and indexes the worktrees that runs leave behind, and finds our tests twice.
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.state/', '<rootDir>/bench/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // Scenarios start a real server and real git; a cold start on two cores takes seconds, never half a minute.
  testTimeout: 30_000,
  setupFilesAfterEnv: ['<rootDir>/test/support/second-try.ts'],
  // Each worker can have a database and a sandbox of its own; two cores are what CI machines have.
  maxWorkers: 2,
  reporters: [['default', { summaryThreshold: 0 }], '<rootDir>/test/support/plain-reporter.ts'],
}
