import { ConnectionPool, type DatabaseLog } from './connection-pool';
import type { PoolLimits } from './lender';
import type { DatabaseLogin } from './login';
import { LoginTurn } from './login-turn';
import { logEveryMinute } from './pool-monitor';
import type { Database, DatabaseHealth } from './pools';

/** Log-in and size of one pool. */
export interface PoolSettings {
  /** Servers and user. */
  readonly login: DatabaseLogin;
  /** Most connections. */
  readonly max: number;
  /** Connections that stay open while idle. */
  readonly min: number;
}

/** Settings that all pools share. */
export type SharedPoolSettings = Omit<PoolLimits, 'max' | 'min' | 'queryTimeoutMs'>;

export interface DatabaseProps {
  /** Pool for reads. */
  readonly reads: PoolSettings;
  /** Pool for writes. */
  readonly writes: PoolSettings;
  /** Pool of the read replicas. @default - none: reports are read as other reads are */
  readonly reports?: PoolSettings;
  /** Times and uses of connections. */
  readonly shared: SharedPoolSettings;
  /** Name in `pg_stat_activity`; the pool's name is appended. */
  readonly applicationName: string;
  /** Least time of a statement that is logged as slow, ms. */
  readonly slowQueryMs: number;
  readonly log: DatabaseLog;
}

/** Longest wait for an answer, ms: 5 s more than the users' `statement_timeout` of 30 s; then the network has failed. */
const QUERY_TIMEOUT_MS = 35_000;

/** The pools of the service. Connections are opened when they are needed; `warmUp` opens the least number at once. */
export function openDatabase(props: DatabaseProps): Database & { warmUp(): Promise<void> } {
  const turn = new LoginTurn();
  const open = (name: string, settings: PoolSettings) =>
    new ConnectionPool({
      name,
      login: settings.login,
      limits: { ...props.shared, max: settings.max, min: settings.min, queryTimeoutMs: QUERY_TIMEOUT_MS },
      applicationName: `${props.applicationName}-${name}`,
      turn,
      slowQueryMs: props.slowQueryMs,
      log: props.log,
    });
  const reads = open('reads', props.reads);
  const writes = open('writes', props.writes);
  const replicas = props.reports && open('reports', props.reports);
  const all = replicas ? [reads, writes, replicas] : [reads, writes];
  const stop = logEveryMinute(() => all.map(({ statistics }) => statistics), props.log);
  return {
    reads,
    writes,
    reports: replicas ?? reads,
    health: () => healthOf(all),
    warmUp: async () => {
      await Promise.all(all.map((pool) => pool.warmUp()));
    },
    close: async () => {
      stop();
      await Promise.all(all.map((pool) => pool.close()));
    },
  };
}

async function healthOf(pools: readonly ConnectionPool[]): Promise<DatabaseHealth> {
  const entries = await Promise.all(
    pools.map(async (pool) => [pool.statistics.name, await pool.health()] as const),
  );
  return { healthy: entries.every(([, { healthy }]) => healthy), pools: Object.fromEntries(entries) };
}
