import type { Client } from 'pg';
import { startOf } from '../partitions/month';
import { requestPartitions } from '../partitions/request-partitions';
import { type Hour, type RollupRange, recomputeDay } from './recompute-day';

/** Key of the advisory lock: "rol" in ASCII, then 2. */
const LOCK_KEY = 0x72_6f_6c_02;

/** Name of the tables' row in `rollup_state`. */
const STATE = 'costs';

/** Result of a refresh. */
export type CostsResult =
  | {
      readonly outcome: 'refreshed';
      /** Hours that were added up. */
      readonly hours: number;
      /** Ended hours that are not added up yet, because the time was over: a long history takes several runs. */
      readonly hoursBehind: number;
    }
  /** Another refresh is running; its result is recent enough. */
  | { readonly outcome: 'skipped'; readonly reason: 'another-refresh-runs' };

/**
 * Brings `costs_hourly`, `costs_daily` and `costs_daily_by_user` up to date: the hours that have ended since the last
 * refresh, and the hours that writers have marked in `rollup_changes`. It works day by day (UTC), each in one
 * transaction, so that readers see each day before or after its refresh, and an interrupted run loses at most a day's
 * work.
 *
 * A mark is deleted in the transaction that adds its hour up, before it reads the rows. A change that is committed
 * later has another mark, so no change is missed.
 * @param client connected to the server itself, not to a pooler, because the lock belongs to the session
 * @param hasTime whether there is time for another day
 */
export async function refreshCosts(client: Client, hasTime: () => boolean): Promise<CostsResult> {
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS taken', [LOCK_KEY]);
  if (!rows[0].taken) return { outcome: 'skipped', reason: 'another-refresh-runs' };
  try {
    return await refreshLocked(client, hasTime);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK_KEY]).catch(() => undefined);
  }
}

async function refreshLocked(client: Client, hasTime: () => boolean): Promise<CostsResult> {
  const started = await readClock(client);
  let completeUntil = await readState(client, started.hour);
  await deleteNeedlessMarks(client, completeUntil);
  let hours = 0;
  const days = await daysToRecompute(client, completeUntil, started.hour);
  for (const day of days) {
    if (!hasTime()) {
      return { outcome: 'refreshed', hours, hoursBehind: await hoursBehind(client, completeUntil) };
    }
    const range: RollupRange = { day, completeUntil, until: started.hour };
    const result = await inTransaction(client, async () => {
      const recomputed = await recomputeDay(client, range);
      await client.query('UPDATE public.rollup_state SET complete_until = $2 WHERE name = $1', [
        STATE,
        recomputed.completeUntil,
      ]);
      return recomputed;
    });
    completeUntil = result.completeUntil;
    hours += result.hours;
  }
  await client.query('UPDATE public.rollup_state SET refreshed_at = $2 WHERE name = $1', [
    STATE,
    started.now,
  ]);
  return { outcome: 'refreshed', hours, hoursBehind: 0 };
}

/** The database's clock, and the begin of its hour. */
async function readClock(client: Client): Promise<{ now: string; hour: Hour }> {
  const { rows } = await client.query(
    `SELECT clock_timestamp()::text AS now, date_trunc('hour', clock_timestamp(), 'UTC')::text AS hour`,
  );
  return rows[0];
}

/** How far the tables reach; the first refresh begins with the oldest request. */
async function readState(client: Client, currentHour: Hour): Promise<Hour> {
  await client.query(
    `INSERT INTO public.rollup_state (name, complete_until, refreshed_at)
     SELECT $1, least($2::timestamptz, date_trunc('hour', min("timestamp"), 'UTC')), '-infinity' FROM public.llm_requests
     ON CONFLICT DO NOTHING`,
    [STATE, currentHour],
  );
  const { rows } = await client.query(
    'SELECT complete_until::text AS hour FROM public.rollup_state WHERE name = $1',
    [STATE],
  );
  return rows[0].hour;
}

/**
 * Deletes marks of hours that are not added up yet, and of months whose requests are no longer in the table: their
 * sums stay as they are.
 */
async function deleteNeedlessMarks(client: Client, completeUntil: Hour): Promise<void> {
  const attached = (await requestPartitions(client))
    .filter(({ state }) => state === 'attached')
    .map(({ month }) => startOf(month));
  await client.query(
    `DELETE FROM public.rollup_changes
     WHERE hour >= $1 OR date_trunc('month', hour, 'UTC') <> ALL ($2::timestamptz[])`,
    [completeUntil, attached],
  );
}

/**
 * Days with marked hours, and those from the last hour that was added up to the current one. That last hour is always
 * added up again: code of a release without marks may have written to it.
 */
async function daysToRecompute(client: Client, completeUntil: Hour, until: Hour): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT (hour AT TIME ZONE 'UTC')::date::text AS day FROM public.rollup_changes
     UNION
     SELECT day::date::text FROM generate_series(
       (($1::timestamptz - interval '1 hour') AT TIME ZONE 'UTC')::date,
       (($2::timestamptz - interval '1 microsecond') AT TIME ZONE 'UTC')::date, interval '1 day') day
     ORDER BY 1`,
    [completeUntil, until],
  );
  return rows.map(({ day }) => day);
}

/** Ended hours that are not added up, and marked ones. */
async function hoursBehind(client: Client, completeUntil: Hour): Promise<number> {
  const { rows } = await client.query(
    `SELECT (extract(epoch FROM date_trunc('hour', now(), 'UTC') - $1::timestamptz) / 3600)::int
       + (SELECT count(DISTINCT hour) FROM public.rollup_changes WHERE hour < $1::timestamptz)::int AS hours`,
    [completeUntil],
  );
  return rows[0].hours;
}

async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
