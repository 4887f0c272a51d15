import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, chmodSync, chownSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresPrograms } from '../../bin/db/postgres-programs';
import { ROOT } from './commands';

/** Where `.ci/install-servers` puts programs, before all of PATH: versions differ. */
export const INSTALLED = join(ROOT, '.servers', 'bin');

/** Account that servers run as when root starts the tests; PostgreSQL and PgBouncer refuse root. */
const NOBODY = 65_534;

/** How long a server may take to start or stop, ms. */
const PATIENCE_MS = 60_000;

/** Programs that the tests with real servers start. */
export type Program =
  | 'kubectl'
  | 'nginx'
  | 'pgbouncer'
  | 'initdb'
  | 'postgres'
  | 'psql'
  | 'prometheus'
  | 'promtool'
  | 'prometheus-pgbouncer-exporter'
  | 'valkey-server';

/** Programs that `npm ci` brings; the others come from Debian. */
const FROM_NPM: readonly Program[] = ['initdb', 'postgres'];

/** Path of an installed program, undefined where there is none. Only ours: other versions read other syntax. */
function pathOf(program: Program): string | undefined {
  const path = join(FROM_NPM.includes(program) ? postgresPrograms() : INSTALLED, program);
  if (!existsSync(path)) return undefined;
  accessSync(path, constants.X_OK);
  return path;
}

/** Path of an installed program; for use inside `describeWithServers`. */
export function programPath(program: Program): string {
  const path = pathOf(program);
  if (path === undefined) throw new Error(`${program} is not installed: run .ci/install-servers`);
  return path;
}

/**
 * A `describe` whose tests need real servers. Where Debian has to bring one that is missing, the group is skipped as
 * one, by name; in CI, which installs them, that is a failure.
 */
export function describeWithServers(name: string, programs: readonly Program[], body: () => void): void {
  const missing = programs.filter((program) => pathOf(program) === undefined);
  if (missing.length > 0 && process.env['CI'] !== 'true') {
    test.skip(`${name} (the whole group needs ${missing.join(', ')})`, () => undefined);
    return;
  }
  describe(name, body);
}

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A new folder that servers may write to, whoever runs them. */
export function serverFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'servers-'));
  chmodSync(folder, 0o777);
  if (process.getuid?.() === 0) chownSync(folder, NOBODY, NOBODY);
  return folder;
}

/** A process of a test: its output and how to end it. */
export interface RunningServer {
  readonly process: ChildProcess;
  /** What it has written so far, both streams. */
  output(): string;
  /** Ends it and waits; with SIGKILL when it takes too long. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts an installed program, unprivileged. */
export function startServer(
  program: Program,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): RunningServer {
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn(programPath(program), args, {
    ...options,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', LC_ALL: 'C', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...asNobody,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    process: child,
    output: () => Buffer.concat(chunks).toString(),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const killer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await ended;
      clearTimeout(killer);
    },
  };
}

/** Runs an installed program to its end, unprivileged. */
export async function runProgram(
  program: Program,
  args: readonly string[],
  options: { cwd?: string } = {},
): Promise<{ code: number | null; output: string }> {
  const running = startServer(program, args, options);
  const code = await new Promise<number | null>((resolve) => running.process.once('close', resolve));
  return { code, output: running.output() };
}

/** Waits until `attempt` succeeds; fails with its last error and the server's output. */
export async function until<T>(attempt: () => Promise<T>, server?: RunningServer): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const gone = server !== undefined && server.process.exitCode !== null;
      if (Date.now() > end || gone) {
        throw new Error(`not in time: ${(error as Error).message}\n${server?.output() ?? ''}`, {
          cause: error,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Removes a folder of `serverFolder`. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
