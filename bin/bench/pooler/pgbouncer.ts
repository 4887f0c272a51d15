import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pgBouncerIni } from '../../../k8s/server-config/pgbouncer-ini';
import type { PgBouncerLimits } from '../../../lib/config/connection-budget';
import type { ConnectionSettings } from '../../../service/database/connect';
import { UsageError } from '../../cli/command';

/** User id of nobody, which it runs as when root starts it: PgBouncer refuses to run as root. */
const UNPRIVILEGED = 65_534;
const isRoot = process.getuid?.() === 0;

/** Where `.ci/install-servers` puts the version that the cluster runs. */
const INSTALLED = join(__dirname, '..', '..', '..', '.servers', 'bin');

export interface PgBouncerProps {
  /** Folder that gets a subfolder with its configuration. */
  readonly folder: string;
  /** Port on 127.0.0.1 that it listens on. */
  readonly port: number;
  /** The server behind it, with the log-in of its clients. */
  readonly server: ConnectionSettings & { readonly password: () => Promise<string> };
  /** Limits of its connections. */
  readonly limits: PgBouncerLimits;
  /** Longest time that a query waits for a server connection, seconds. */
  readonly queryWaitSeconds: number;
  /** `PATH` of the caller's environment; the program is looked for there if `.ci/install-servers` has not installed it. */
  readonly searchPath: string | undefined;
}

/** Starts PgBouncer in front of a server on this machine, with the settings of the cluster's, and lends it. */
export async function withPgBouncer<T>(props: PgBouncerProps, use: () => Promise<T>): Promise<T> {
  const { folder, port, server, limits, queryWaitSeconds, searchPath } = props;
  const program = findProgram(searchPath);
  const own = join(folder, 'pgbouncer');
  mkdirSync(own, { mode: 0o700, recursive: true });
  const userlist = write(join(own, 'userlist.txt'), `"${server.user}" "${await server.password()}"\n`);
  const settings = {
    serverHost: server.host,
    serverPort: server.port,
    limits,
    queryWaitSeconds,
    userlistFile: userlist,
    serverCaFile: join(own, 'no-ca.pem'),
    socketFolder: own,
    listenAddress: '127.0.0.1',
    listenPort: port,
  };
  // Without TLS, as the direct connections of the comparison.
  const ini = pgBouncerIni(settings).replace(/^server_tls_.*\n/gm, '');
  const file = write(join(own, 'pgbouncer.ini'), ini);
  if (isRoot) chownSync(own, UNPRIVILEGED, UNPRIVILEGED);
  const child = spawn(program, [file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot && { uid: UNPRIVILEGED, gid: UNPRIVILEGED }),
  });
  try {
    await started(child);
    return await use();
  } finally {
    child.kill('SIGQUIT');
    if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  }
}

/** The program that this repository has installed, or the machine's. */
function findProgram(searchPath = ''): string {
  const folders = [INSTALLED, ...searchPath.split(delimiter), '/usr/sbin'];
  const found = folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path));
  if (found === undefined) {
    throw new UsageError(
      'PgBouncer is not installed: run .ci/install-servers, or install the package pgbouncer',
    );
  }
  return found;
}

function write(path: string, text: string): string {
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  if (isRoot) chownSync(path, UNPRIVILEGED, UNPRIVILEGED);
  return path;
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stderr?.on('data', (chunk) => {
      output += chunk;
      if (output.includes('process up')) resolve();
    });
    child.once('exit', () => reject(new UsageError(`PgBouncer does not start: ${output.trim()}`)));
  });
}
