import type { Client } from 'pg';

/** What the alarms on the ledger compare with their limits. */
export interface LedgerMeasures {
  /** Records that were refused in the last hour. */
  readonly rejected: number;
  /** Requests of the last day that have no price, or only a part of one. */
  readonly unpriced: number;
  /** Requests that have been active for more than an hour: their senders never ended them. */
  readonly leftActive: number;
}

/**
 * Counts what somebody has to look at. Unpriced requests come from the cost roll-up, so that a request that gets its
 * price is no longer counted after the next refresh. The others are read through indexes that hold little else.
 */
export async function measureLedger(client: Client): Promise<LedgerMeasures> {
  const { rows } = await client.query(`SELECT
    (SELECT count(*) FROM public.rejected_requests WHERE received_at > now() - interval '1 hour')::int AS rejected,
    (SELECT coalesce(sum(unpriced_requests + partial_requests), 0) FROM public.costs_hourly
      WHERE hour > now() - interval '1 day')::int AS unpriced,
    (SELECT count(*) FROM public.llm_requests
      WHERE status = 'active' AND "timestamp" < now() - interval '1 hour')::int AS "leftActive"`);
  return rows[0];
}
