const { chmodSync, mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** A temporary folder for the whole run: `os.tmpdir()` of every test and of every command that a test starts. */
module.exports = () => {
  const folder = mkdtempSync(join(tmpdir(), 'test-run-'));
  // Servers run as another user where root runs the tests.
  chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  // Commands that tests start would leave compiled modules of Node and tsx in it, and figures of the CDK's CLI.
  process.env.NODE_DISABLE_COMPILE_CACHE = '1';
  process.env.TSX_DISABLE_CACHE = '1';
  process.env.CDK_DISABLE_CLI_TELEMETRY = 'true';
};
