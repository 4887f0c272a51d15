import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { connect, withConnection } from '../../service/database/connect';
import { UsageError } from '../cli/command';
import type { EmbeddedPostgres } from '../db/embedded-postgres';
import { killConnections, SERVICE_USERS } from '../drill/faults/database';
import type { LocalService } from '../local/local-service';

/** Names of the faults, in the order of a drill. */
export const FAULTS = [
  'database-stop',
  'database-crash',
  'connections-killed',
  'pool-exhausted',
  'disk-full',
  'api-sigterm',
  'api-sigkill',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** A fault that is there from `begin` on until `repair`. */
export interface Fault {
  /** Servers that the fault is about, by index; after the repair one of them has to answer. */
  readonly servers: readonly number[];
  readonly begin: () => Promise<void>;
  /** Begins the repair, and resolves when it is done. */
  readonly repair: () => Promise<void>;
}

/** Largest file that a full disk allows, bytes: above a segment of the write-ahead log, 16 MiB. */
export const FULL_DISK_BYTES = 17 * 2 ** 20;

/** How to cause a fault on a service. */
export function faultOf(name: FaultName, service: LocalService): Fault {
  const servers = service.apis.map((_, index) => index);
  const { postgres, databasePort: port } = service;
  const nothing = async () => undefined;
  switch (name) {
    case 'database-stop':
      return {
        servers,
        begin: () => endDatabase(service, 'SIGINT'),
        repair: () => postgres.startAside(port),
      };
    case 'database-crash':
      return {
        servers,
        begin: () => endDatabase(service, 'SIGQUIT'),
        repair: () => postgres.startAside(port),
      };
    case 'connections-killed':
      return { servers, begin: async () => void (await killConnections(service.login)), repair: nothing };
    case 'pool-exhausted':
      return { servers, ...tableLock(service) };
    case 'disk-full':
      return {
        servers,
        begin: () => limitFiles(service, String(FULL_DISK_BYTES)),
        repair: () => limitFiles(service, 'unlimited'),
      };
    case 'api-sigterm':
      return { servers: [0], begin: () => endApi(service, 'SIGTERM'), repair: () => startApi(service) };
    case 'api-sigkill':
      return { servers: [0], begin: () => endApi(service, 'SIGKILL'), repair: () => startApi(service) };
  }
}

/** SIGINT: open transactions are rolled back, then the server stops. SIGQUIT: it ends at once, as in a crash. */
async function endDatabase({ postgres }: LocalService, signal: NodeJS.Signals): Promise<void> {
  process.kill(postgres.pid, signal);
  while (postgres.running) await sleep(50);
}

/** Every statement about requests waits for the lock, so that all connections of the pools are soon in use. */
function tableLock({ login }: LocalService): Pick<Fault, 'begin' | 'repair'> {
  let holder: Client | undefined;
  return {
    begin: async () => {
      holder = await connect(login);
      await holder.query('BEGIN; LOCK TABLE llm_requests IN ACCESS EXCLUSIVE MODE');
    },
    repair: async () => {
      await holder?.query('COMMIT');
      await holder?.end();
    },
  };
}

/** Limits files of the server and of its running sessions; a file that would grow beyond is what a full disk feels like. */
async function limitFiles({ login, postgres }: LocalService, limit: string): Promise<void> {
  const sessions = await withConnection(login, (client) =>
    client.query<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE ${SERVICE_USERS}`),
  );
  for (const pid of [postgres.pid, ...sessions.rows.map((row) => row.pid)]) {
    await limitFilesOf(pid, limit, postgres);
  }
}

/** Only the user of a process may change its limits; root without further rights may not. */
async function limitFilesOf(pid: number, limit: string, { user }: EmbeddedPostgres): Promise<void> {
  const child = spawn('prlimit', ['--pid', String(pid), `--fsize=${limit}:`], { stdio: 'ignore', ...user });
  const [code] = await once(child, 'exit');
  // A session may have ended meanwhile.
  if (code !== 0 && isThere(pid)) throw new UsageError(`prlimit of process ${pid} ended with ${code}`);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function endApi({ apis }: LocalService, signal: NodeJS.Signals): Promise<void> {
  await apis[0]?.end(signal);
}

async function startApi({ apis }: LocalService): Promise<void> {
  await apis[0]?.start();
}
