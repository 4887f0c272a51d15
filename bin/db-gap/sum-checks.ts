import type { Client } from 'pg';

/** Whether what is added up agrees with the rows of the ledger. */
export interface SumChecks {
  readonly budgets: {
    /** Windows of budgets that overlap the time and are ready. */
    readonly windows: number;
    /** Budgets of which a window counts another sum than its rows have. */
    readonly wrong: readonly string[];
    /** Shares of pods whose lease is over; whoever reserves next from their budget takes them back. */
    readonly expiredShares: number;
  };
  readonly rollups: {
    /** Hours that were compared. */
    readonly hours: number;
    /** Hours, RFC 3339, whose roll-up has another cost than their rows. */
    readonly wrong: readonly string[];
    /**
     * Hours whose rows have changed since the last refresh; they are not compared. Null where the user may not read
     * that: then they are among the wrong ones until the refresh.
     */
    readonly waiting: number | null;
  };
}

// One statement, so that both sides are of the same moment.
const BUDGETS = `SELECT w.budget_id,
    w.base + w.changes + coalesce(
      (SELECT sum(s.cost) FROM budget_spend s WHERE s.budget_id = w.budget_id AND s.starts_at = w.starts_at), 0)
    = coalesce((SELECT sum(r.cost) FROM llm_requests r
        WHERE r.project_id = w.project_id AND r."timestamp" >= w.starts_at AND r."timestamp" < w.ends_at
          AND (w.scope = 'project' OR w.scope = 'user' AND r.user_id = w.subject
            OR w.scope = 'key' AND r.key_id::text = w.subject)), 0) AS agrees
  FROM budget_windows w WHERE w.is_final AND w.ends_at > $1 AND w.starts_at < $2`;

const SHARES = 'SELECT count(*)::int AS count FROM budget_shares WHERE lease_until < now()';

const MAY_READ_CHANGES = `SELECT has_table_privilege('rollup_changes', 'SELECT') AS may`;

/** @param waits condition of SQL for an hour `h` that has changed since the last refresh */
const rollupsWhere = (waits: string) => `WITH hours AS (
    SELECT h AS hour, ${waits} AS waits
    FROM rollup_state s, generate_series(date_trunc('hour', $1::timestamptz, 'UTC'), $2, interval '1 hour') h
    WHERE s.name = 'costs' AND h < s.complete_until
  )
  SELECT hour, waits,
    coalesce((SELECT sum(cost) FROM costs_hourly c WHERE c.hour = hours.hour), 0)
    = coalesce((SELECT sum(cost) FROM llm_requests r
        WHERE r."timestamp" >= hours.hour AND r."timestamp" < hours.hour + interval '1 hour'), 0) AS agrees
  FROM hours ORDER BY hour`;

/** Compares budgets and roll-ups with the rows of a time. It reads all rows of the budgets' days and months. */
export async function checkSums(client: Client, from: Date, to: Date): Promise<SumChecks> {
  const budgets = await client.query<{ budget_id: string; agrees: boolean }>(BUDGETS, [from, to]);
  const shares = await client.query<{ count: number }>(SHARES);
  const { rows: rights } = await client.query<{ may: boolean }>(MAY_READ_CHANGES);
  const knowsWaiting = rights[0]?.may === true;
  const waits = knowsWaiting ? 'EXISTS (SELECT FROM rollup_changes c WHERE c.hour = h)' : 'false';
  const rollups = await client.query<{ hour: Date; waits: boolean; agrees: boolean }>(rollupsWhere(waits), [
    from,
    to,
  ]);
  const compared = rollups.rows.filter(({ waits }) => !waits);
  return {
    budgets: {
      windows: budgets.rows.length,
      wrong: [...new Set(budgets.rows.filter(({ agrees }) => !agrees).map(({ budget_id }) => budget_id))],
      expiredShares: shares.rows[0]?.count ?? 0,
    },
    rollups: {
      hours: compared.length,
      wrong: compared.filter(({ agrees }) => !agrees).map(({ hour }) => hour.toISOString()),
      waiting: knowsWaiting ? rollups.rows.length - compared.length : null,
    },
  };
}
