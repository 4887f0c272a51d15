import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { freePort, INSTALLED, type RunningServer, runProgram, startServer, until } from './servers';

/** Account of the servers where root runs the tests; see `servers.ts`. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const unprivileged = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** A folder that the servers own, inside one of theirs. */
export function subfolder(folder: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { mode: 0o700 });
  if (isRoot) chownSync(path, NOBODY, NOBODY);
  return path;
}

/** Writes a file that only the servers read. */
export function writeForServer(path: string, text: string): string {
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  if (isRoot) chownSync(path, NOBODY, NOBODY);
  return path;
}

/** Starts a command unprivileged, with the installed programs first in PATH. */
export function startCommand(
  command: readonly string[],
): RunningServer & { readonly ended: Promise<number | null> } {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    env: {
      PATH: `${INSTALLED}:${process.env['PATH']}`,
      HOME: '/nonexistent',
      LC_ALL: 'C',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...unprivileged,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    process: child,
    ended,
    output: () => Buffer.concat(chunks).toString(),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await ended;
    },
  };
}

/** Runs a command to its end, unprivileged. */
export async function runCommand(
  command: readonly string[],
): Promise<{ code: number | null; output: string }> {
  const running = startCommand(command);
  return { code: await running.ended, output: running.output() };
}

/** A certificate authority and a certificate for 127.0.0.1 that it signed; made anew for every run. */
export interface Certificates {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

export function makeCertificates(folder: string, name: string): Certificates {
  const file = (ending: string) => join(folder, `${name}${ending}`);
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { stdio: 'pipe', umask: 0o077, ...unprivileged } as object);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-subj',
    `/CN=${name}`,
    '-keyout',
    file('-ca.key'),
    '-out',
    file('-ca.pem'),
  );
  openssl(
    ...['req', '-x509', ...newKey, '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-CA', file('-ca.pem'), '-CAkey', file('-ca.key')],
    ...['-keyout', file('.key'), '-out', file('.pem')],
  );
  return { caFile: file('-ca.pem'), certificateFile: file('.pem'), keyFile: file('.key') };
}

export interface PostgresOptions {
  readonly maxConnections: number;
  readonly certificates: Certificates;
}

/** A PostgreSQL on two loopback addresses: SCRAM by TCP, its superuser without a password by Unix socket. */
export interface Postgres {
  readonly port: number;
  readonly server: RunningServer;
  /** Runs a statement as the superuser. */
  administer(sql: string, database?: string): Promise<void>;
}

export async function startPostgres(folder: string, options: PostgresOptions): Promise<Postgres> {
  const data = subfolder(folder, 'data');
  const port = await freePort();
  const { code, output } = await runProgram('initdb', [
    ...['-D', data, '-U', 'postgres', '--auth-local=trust', '--auth-host=scram-sha-256'],
    ...['--no-sync', '--no-instructions', '--locale=C', '--encoding=UTF8'],
  ]);
  if (code !== 0) throw new Error(`initdb failed: ${output}`);
  const { certificateFile, keyFile } = options.certificates;
  const settings = {
    port,
    listen_addresses: '127.0.0.1,127.0.0.2',
    unix_socket_directories: folder,
    max_connections: options.maxConnections,
    ssl: 'on',
    ssl_cert_file: certificateFile,
    ssl_key_file: keyFile,
    fsync: 'off',
  };
  const server = startServer('postgres', [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ]);
  const administer = async (sql: string, database = 'postgres') => {
    await withClient({ host: folder, port, user: 'postgres', database }, (client) => client.query(sql));
  };
  await until(() => administer('SELECT 1'), server);
  return { port, server, administer };
}

/** A connected client; a connection that is cut while nobody asks is no failure of the test. */
export async function connect(config: ClientConfig): Promise<Client> {
  const client = new Client(config);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Lends a client for the time of `use`. */
export async function withClient<T>(config: ClientConfig, use: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(config);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
