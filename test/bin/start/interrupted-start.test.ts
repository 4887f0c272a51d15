import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../../../bin/db/embedded-postgres';
import { freePort } from '../../../bin/db/temporary-database';
import { leaveFolder, noteOwner, takeFolder } from '../../../bin/start/platform-folder';

const onLinux = process.platform === 'linux' ? test : test.skip;

describe('a folder that a killed start has left', () => {
  let folder: string;
  /** A process that has nothing to do with the platform. */
  let other: ChildProcess;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interrupted-'));
    chmodSync(folder, 0o755);
    other = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    await once(other, 'spawn');
  });

  afterEach(async () => {
    other.kill('SIGKILL');
    if (other.exitCode === null && other.signalCode === null) await once(other, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  test('is refused while its owner runs, and free once it has left', () => {
    noteOwner(folder, Number(other.pid));
    expect(() => takeFolder(folder, false)).toThrow(`runs already (process ${other.pid})`);
    leaveFolder(folder);
    expect(() => takeFolder(folder, false)).not.toThrow();
  });

  onLinux("is free where another process has its owner's id", () => {
    writeFileSync(join(folder, 'owner.pid'), `${other.pid} 1`);
    expect(() => takeFolder(folder, false)).not.toThrow();
  });

  test('has no server as long as the server is not complete, and one afterwards', () => {
    const postgres = new EmbeddedPostgres(join(folder, 'database'), process.env['PATH']);
    // What initdb has written when it is killed.
    mkdirSync(join(folder, 'database', 'data.new'), { recursive: true });
    writeFileSync(join(folder, 'database', 'data.new', 'PG_VERSION'), '17\n');
    expect([postgres.exists, postgres.running]).toEqual([false, false]);
    postgres.create('password');
    expect([postgres.exists, postgres.running]).toEqual([true, false]);
  });

  onLinux("starts where another process has its server's id, and leaves that process alone", async () => {
    const postgres = new EmbeddedPostgres(join(folder, 'database'), process.env['PATH']);
    postgres.create('password');
    const lock = join(folder, 'database', 'data', 'postmaster.pid');
    writeFileSync(lock, `${other.pid}\n${join(folder, 'database', 'data')}\n1\n5432\n\n127.0.0.1\n`);
    expect(postgres.running).toBe(false);
    postgres.start(await freePort());
    try {
      expect(postgres.running).toBe(true);
      expect(other.exitCode ?? other.signalCode).toBeNull();
    } finally {
      postgres.stop();
    }
  });
});
