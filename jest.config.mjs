/**
 * Two projects: fast tests sit beside their files and need nothing; those under test/ and
 * *.it.test.ts get a running mongod and Temporal (test/support/servers.ts), started only when at
 * least one of them runs.
 */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/.data'],
};

const never = ['/node_modules/', '/\\.data'];

export default {
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  // Longer than one wait (test/support/whole-kairos.ts), so that it is told what was waited for.
  testTimeout: 120_000,
  projects: [
    {
      ...shared,
      displayName: 'fast',
      testMatch: ['<rootDir>/**/*.test.ts'],
      testPathIgnorePatterns: [...never, '<rootDir>/test/', '\\.it\\.test\\.ts$'],
    },
    {
      ...shared,
      displayName: 'servers',
      testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/**/*.it.test.ts'],
      testPathIgnorePatterns: never,
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
  ],
};
