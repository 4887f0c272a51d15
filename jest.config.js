/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  // Drills (clusters of servers, faults that take their time, whole runs of slow commands) run by `npm run test:drills`, and in CI after the others.
  ...(process.env.DRILLS === 'true'
    ? { testMatch: ['**/*.drill.test.ts'] }
    : { testMatch: ['**/*.test.ts'], testPathIgnorePatterns: ['\\.drill\\.test\\.ts$'] }),
  transform: {
    '^.+\\.(ts|m?js)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  // These packages are ECMAScript modules only, which Jest cannot require.
  transformIgnorePatterns: ['/node_modules/(?!(jose|oauth2-mock-server|basic-auth)/)'],
  // Loading aws-cdk-lib dominates a test file's time, so files are few and a snapshot is never written in CI.
  ci: process.env.CI === 'true',
  maxWorkers: 2,
  globalSetup: '<rootDir>/test/helpers/temporary-folder/setup.js',
  globalTeardown: '<rootDir>/test/helpers/temporary-folder/teardown.js',
  // How long a command takes is no test's business: a busy machine may need five times as long. It ends what hangs.
  testTimeout: 600_000,
  reporters: ['default', '<rootDir>/test/helpers/summary-reporter.js'],
};
