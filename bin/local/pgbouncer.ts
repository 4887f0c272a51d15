import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { pgBouncerIni } from '../../k8s/server-config/pgbouncer-ini';
import type { PgBouncerLimits } from '../../lib/config/connection-budget';
import { LocalProcess, type LocalProcessProps } from './local-process';

/** User id of nobody, which it runs as when root starts it: PgBouncer refuses to run as root. */
const UNPRIVILEGED = 65_534;
const isRoot = process.getuid?.() === 0;

/** Where `.ci/install-servers` puts the version that the cluster runs. */
const INSTALLED = join(__dirname, '../../.servers/bin');

export interface PgBouncerProps extends Pick<LocalProcessProps, 'onStart' | 'onCrash' | 'logFile'> {
  /** Path of the program. */
  readonly program: string;
  /** Folder that gets a subfolder with its configuration. */
  readonly folder: string;
  /** Port on 127.0.0.1 that it listens on. */
  readonly port: number;
  /** Where the server behind it listens. */
  readonly server: { readonly host: string; readonly port: number };
  /** Passwords by the name of the database's user. */
  readonly users: Readonly<Record<string, string>>;
  /** Limits of its connections. */
  readonly limits: PgBouncerLimits;
  /** Longest time that a query waits for a server connection, seconds. */
  readonly queryWaitSeconds: number;
}

/** Path of the program that this repository has installed, or of the machine's; undefined where there is none. */
export function pgBouncerProgram(searchPath = ''): string | undefined {
  const folders = [INSTALLED, ...searchPath.split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path));
}

/** PgBouncer in front of a server on this machine, with the settings of the cluster's. SIGQUIT ends it at once. */
export function pgBouncer(props: PgBouncerProps): LocalProcess {
  const { program, port, onStart, onCrash, logFile } = props;
  return new LocalProcess({
    ...{ name: 'PgBouncer', command: program, args: [writeConfiguration(props)], environment: {} },
    ...{ onStart, onCrash, logFile },
    ...(isRoot && { user: { uid: UNPRIVILEGED, gid: UNPRIVILEGED } }),
    isReady: () => listens(port),
  });
}

/** @returns path of the file */
function writeConfiguration({
  folder,
  port,
  server,
  users,
  limits,
  queryWaitSeconds,
}: PgBouncerProps): string {
  const own = join(folder, 'pgbouncer');
  mkdirSync(own, { mode: 0o700, recursive: true });
  const lines = Object.entries(users).map(([user, password]) => `"${user}" "${password}"\n`);
  const settings = {
    serverHost: server.host,
    serverPort: server.port,
    limits,
    queryWaitSeconds,
    userlistFile: write(join(own, 'userlist.txt'), lines.join('')),
    serverCaFile: join(own, 'no-ca.pem'),
    socketFolder: own,
    listenAddress: '127.0.0.1',
    listenPort: port,
  };
  if (isRoot) chownSync(own, UNPRIVILEGED, UNPRIVILEGED);
  // Without TLS, as direct connections on loopback.
  return write(join(own, 'pgbouncer.ini'), pgBouncerIni(settings).replace(/^server_tls_.*\n/gm, ''));
}

function write(path: string, text: string): string {
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  if (isRoot) chownSync(path, UNPRIVILEGED, UNPRIVILEGED);
  return path;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}
