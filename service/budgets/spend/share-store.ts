import type { Queryable } from '../../database/pools';
import { formatUsd, type PicoUsd } from '../../prices/money';
import { timeOfId } from '../../requests/record/record-id';
import type { WindowKey } from './window-key';

/** Who holds shares. */
export interface ShareHolder {
  /** A UUID of this process: a pod that is restarted under its name is another holder. */
  readonly holder: string;
  /** Name of the pod. */
  readonly podId: string;
}

/** How long a share is kept for a pod that does not renew it, seconds, by the database's clock. */
export const LEASE_SECONDS = 60;

/** Decimals of a share. */
const SHARE_DECIMALS = 12;

const WRITE = `INSERT INTO budget_shares AS s (budget_id, starts_at, holder, pod_id, amount, lease_until)
  SELECT k.budget_id, k.starts_at, $4, $5, k.amount, clock_timestamp() + make_interval(secs => $6)
  FROM unnest($1::uuid[], $2::timestamptz[], $3::numeric[]) AS k (budget_id, starts_at, amount)
  ORDER BY 1, 2
  ON CONFLICT (budget_id, starts_at, holder) DO UPDATE SET amount = excluded.amount, lease_until = excluded.lease_until`;

const GIVE_BACK = `DELETE FROM budget_shares s USING unnest($1::uuid[], $2::timestamptz[]) AS k (budget_id, starts_at)
  WHERE s.budget_id = k.budget_id AND s.starts_at = k.starts_at AND s.holder = $3`;

const RECORDED = `SELECT r.id FROM unnest($1::uuid[], $2::timestamptz[]) AS k (id, "timestamp")
  JOIN llm_requests r ON r.id = k.id AND r."timestamp" = k."timestamp" WHERE r.status <> 'active'`;

/** A share to write. */
export interface Share extends WindowKey {
  /** 10^-12 USD; 0 gives it back. */
  readonly amount: PicoUsd;
}

/** Writes shares of windows that this transaction has locked, and renews their leases. */
export async function writeShares(
  client: Queryable,
  shares: readonly Share[],
  { holder, podId }: ShareHolder,
): Promise<void> {
  const kept = shares.filter(({ amount }) => amount > 0n);
  const ended = shares.filter(({ amount }) => amount <= 0n);
  const ids = (list: readonly Share[]) => list.map(({ budgetId }) => budgetId);
  const starts = (list: readonly Share[]) => list.map(({ startsAt }) => startsAt.toISOString());
  if (kept.length > 0) {
    const amounts = kept.map(({ amount }) => formatUsd(amount, SHARE_DECIMALS));
    const values = [ids(kept), starts(kept), amounts, holder, podId, LEASE_SECONDS];
    await client.query('budget-write-shares', WRITE, values);
  }
  if (ended.length > 0) {
    await client.query('budget-return-shares', GIVE_BACK, [ids(ended), starts(ended), holder]);
  }
}

/** Which of these calls have a row in the ledger that has ended. @param callIds UUIDv7s of their rows */
export async function recordedCalls(client: Queryable, callIds: readonly string[]): Promise<Set<string>> {
  if (callIds.length === 0) return new Set();
  const times = callIds.map((id) => timeOfId(id).toISOString());
  const { rows } = await client.query<{ id: string }>('budget-recorded', RECORDED, [[...callIds], times]);
  return new Set(rows.map(({ id }) => id));
}
