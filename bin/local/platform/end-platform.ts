import type { EmbeddedPostgres } from '../../db/embedded-postgres';
import type { ApiProcess } from '../api-process';
import type { Balancer } from '../balancer';
import type { LocalProcess } from '../local-process';
import { type ProcessOwner, sendSignal } from './process-owner';

/** Longest end of a server after SIGTERM, ms; it drains for 2 s. */
export const SERVER_END_MS = 3000;

/** Longest end of provider, Valkey and PgBouncer after SIGTERM, ms. */
const BACKEND_END_MS = 1000;

/** What has begun to start. A platform whose start fails ends it, too. */
export interface StartedProcesses {
  /** API processes, the oldest first. */
  readonly pods: ApiProcess[];
  admin: ApiProcess | null;
  /** What the servers use beside PostgreSQL. */
  readonly backends: Set<LocalProcess>;
  balancer: Balancer | null;
  postgres: EmbeddedPostgres | null;
}

export function noProcesses(): StartedProcesses {
  return { pods: [], admin: null, backends: new Set(), balancer: null, postgres: null };
}

/** Ids of those that run: the oldest API process is the first, PostgreSQL the last. */
export function processIds(processes: StartedProcesses, owner: ProcessOwner): number[] {
  const { backends, balancer, postgres } = processes;
  const parts = [...serversOf(processes), ...backends, balancer, owner];
  const ids = parts.flatMap((part) => part?.pid ?? []);
  return postgres?.running === true ? [...ids, postgres.pid] : ids;
}

/**
 * Ends the servers first, which finish their requests, and then what they use.
 * @param work what uses PostgreSQL in this process, and is ending; PostgreSQL waits for it
 */
export async function endInOrder(processes: StartedProcesses, work: Promise<void>): Promise<void> {
  const { backends, balancer, postgres } = processes;
  await Promise.all(serversOf(processes).map((server) => server.end('SIGTERM', SERVER_END_MS)));
  await Promise.all([
    ...[...backends].map((backend) => backend.end('SIGTERM', BACKEND_END_MS)),
    balancer?.end(),
    work,
  ]);
  if (postgres?.running === true) postgres.stop();
}

/** Kills all but the balancer, in no order. What was committed is there at the next start. */
export async function endAtOnce(processes: StartedProcesses): Promise<void> {
  const { backends, postgres } = processes;
  if (postgres?.running === true) sendSignal(postgres.pid, 'SIGQUIT');
  await Promise.all([...serversOf(processes), ...backends].map((process) => process.end('SIGKILL')));
}

function serversOf({ pods, admin }: StartedProcesses): ApiProcess[] {
  return admin === null ? pods : [...pods, admin];
}
