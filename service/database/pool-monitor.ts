import type { DatabaseLog } from './connection-pool';
import type { PoolStatistics } from './pools';

/** Time between two lines of statistics, ms. */
const INTERVAL_MS = 60_000;

/** Callers that wait for a connection above which the pool is too small. */
const MANY_WAITING = 5;

/** Share of idle connections above which the pool is larger than it needs to be, percent. */
const MANY_IDLE_PERCENT = 80;

/** Logs a pool's statistics, and whether it looks too small or too large. */
export function logStatistics(statistics: PoolStatistics, log: DatabaseLog): void {
  const { name: pool, max, active, idle, waiting, events } = statistics;
  log.info({ pool, max, active, idle, waiting, events }, 'database pool statistics');
  if (waiting > MANY_WAITING) {
    log.warn({ pool, waiting, max }, `more than ${MANY_WAITING} callers wait for a database connection`);
  }
  const open = active + idle;
  if (open > 0 && (100 * idle) / open > MANY_IDLE_PERCENT) {
    log.info({ pool, idle, max }, `more than ${MANY_IDLE_PERCENT} % of the database connections are idle`);
  }
}

/** Logs the statistics every minute; the returned function ends it. */
export function logEveryMinute(read: () => readonly PoolStatistics[], log: DatabaseLog): () => void {
  const timer = setInterval(() => {
    for (const statistics of read()) logStatistics(statistics, log);
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
