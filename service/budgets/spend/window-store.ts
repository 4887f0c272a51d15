import type { Queryable } from '../../database/pools';
import { type PicoUsd, parseUsd } from '../../prices/money';
import type { BudgetScope } from '../budget';
import type { BudgetWindow } from '../windows';
import { keyArrays, type WindowKey, windowName } from './window-key';

/** What a window has spent, and what limits it. Money in 10^-12 USD. */
export interface WindowState extends WindowKey {
  readonly limit: PicoUsd | null;
  readonly warning: PicoUsd | null;
  /** By the ledger. */
  readonly spent: PicoUsd;
  /** Shares of other holders whose leases run. */
  readonly others: PicoUsd;
}

const KEYS = 'unnest($1::uuid[], $2::timestamptz[]) AS k (budget_id, starts_at)';

const OPEN = `WITH opened AS (
  INSERT INTO budget_windows (budget_id, starts_at, ends_at, project_id, scope, subject)
  SELECT b.id, k.starts_at, k.ends_at, b.project_id, b.scope, b.subject
  FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS k (budget_id, starts_at, ends_at)
  JOIN budgets b ON b.id = k.budget_id ORDER BY b.id, k.starts_at
  ON CONFLICT (budget_id, starts_at) DO NOTHING
  RETURNING budget_id, starts_at, scope
)
SELECT budget_id, starts_at, scope FROM opened`;

const LOCK = `SELECT 1 FROM budget_windows w JOIN ${KEYS} USING (budget_id, starts_at)
  ORDER BY w.budget_id, w.starts_at FOR NO KEY UPDATE OF w`;

const FOLD = `WITH taken AS (
  DELETE FROM budget_spend s USING ${KEYS} WHERE s.budget_id = k.budget_id AND s.starts_at = k.starts_at
  RETURNING s.budget_id, s.starts_at, s.cost, s.unpriced
), sums AS (
  SELECT budget_id, starts_at, sum(cost) AS cost, sum(unpriced) AS unpriced FROM taken GROUP BY 1, 2
)
UPDATE budget_windows w SET changes = w.changes + s.cost, changes_unpriced = w.changes_unpriced + s.unpriced
FROM sums s WHERE w.budget_id = s.budget_id AND w.starts_at = s.starts_at`;

const READ = `SELECT w.budget_id, w.starts_at, b.limit_usd::text AS limit, b.warning_usd::text AS warning,
    (w.base + w.changes)::text AS spent,
    (SELECT coalesce(sum(s.amount), 0)::text FROM budget_shares s WHERE s.budget_id = w.budget_id
      AND s.starts_at = w.starts_at AND s.holder <> $3 AND s.lease_until > clock_timestamp()) AS others
  FROM budget_windows w JOIN ${KEYS} USING (budget_id, starts_at) JOIN budgets b ON b.id = w.budget_id`;

/** What of the ledger belongs to a window, by scope: each condition has an index of its own. */
const IN_SCOPE: Record<BudgetScope, string> = {
  project: '',
  user: 'AND r.user_id = w.subject',
  key: 'AND r.key_id = w.subject::uuid',
};

function baseOf(scope: BudgetScope): string {
  return `UPDATE budget_windows w SET is_final = $3, (base, base_unpriced) = (
    SELECT coalesce(sum(r.cost), 0) - w.changes - (SELECT coalesce(sum(s.cost), 0) FROM budget_spend s
        WHERE s.budget_id = w.budget_id AND s.starts_at = w.starts_at),
      count(*) FILTER (WHERE r.pricing <> 'priced' AND r.status <> 'active') - w.changes_unpriced
        - (SELECT coalesce(sum(s.unpriced), 0) FROM budget_spend s
          WHERE s.budget_id = w.budget_id AND s.starts_at = w.starts_at)
    FROM llm_requests r WHERE r.project_id = w.project_id AND r."timestamp" >= w.starts_at
      AND r."timestamp" < w.ends_at ${IN_SCOPE[scope]})
  FROM ${KEYS} WHERE w.budget_id = k.budget_id AND w.starts_at = k.starts_at AND w.scope = '${scope}'`;
}

interface KeyRow {
  readonly budget_id: string;
  readonly starts_at: Date;
}

/**
 * Opens windows that are not open yet. Their base is the ledger's sum at this moment. Requests of transactions that are
 * under way are missing from it until the window is final, some seconds later (`finalizeWindows`).
 */
export async function openWindows(
  client: Queryable,
  windows: readonly (WindowKey & BudgetWindow)[],
): Promise<void> {
  if (windows.length === 0) return;
  const { rows } = await client.query<KeyRow & { scope: BudgetScope } & Record<string, unknown>>(
    'budget-open-windows',
    OPEN,
    [
      windows.map(({ budgetId }) => budgetId),
      windows.map(({ startsAt }) => startsAt.toISOString()),
      windows.map(({ endsAt }) => endsAt.toISOString()),
    ],
  );
  await setBase(client, rows, false);
}

/**
 * Sets the base of windows that this transaction has locked: the ledger's sum less what the ledger has noted as a
 * change of the window. Both are read in one snapshot, so it is exact whatever is written meanwhile.
 */
export async function setBase(
  client: Queryable,
  rows: readonly (KeyRow & { readonly scope: BudgetScope })[],
  isFinal: boolean,
): Promise<void> {
  for (const scope of new Set(rows.map((row) => row.scope))) {
    const keys = rows.filter((row) => row.scope === scope).map(toKey);
    await client.query(`budget-base-${scope}`, baseOf(scope), [...keyArrays(keys), isFinal]);
  }
}

/** Locks windows against other pods, in an order that is the same for all. The ledger's writers do not wait for it. */
export async function lockWindows(client: Queryable, keys: readonly WindowKey[]): Promise<void> {
  await client.query('budget-lock', LOCK, keyArrays(keys));
}

/** Adds up what the ledger has noted for windows that this transaction has locked. */
export async function foldSpend(client: Queryable, keys: readonly WindowKey[]): Promise<void> {
  await client.query('budget-fold', FOLD, keyArrays(keys));
}

/** States of windows by name; deleted ones are missing. @param holder whose own shares do not count */
export async function readWindows(
  client: Queryable,
  keys: readonly WindowKey[],
  holder: string,
): Promise<Map<string, WindowState>> {
  const { rows } = await client.query<
    KeyRow & { limit: string | null; warning: string | null; spent: string; others: string } & Record<
        string,
        unknown
      >
  >('budget-read', READ, [...keyArrays(keys), holder]);
  return new Map(
    rows.map((row) => {
      const state = {
        ...toKey(row),
        limit: row.limit === null ? null : usd(row.limit),
        warning: row.warning === null ? null : usd(row.warning),
        spent: usd(row.spent),
        others: usd(row.others),
      };
      return [windowName(state), state];
    }),
  );
}

/** Key of a row. */
export function toKey({ budget_id, starts_at }: KeyRow): WindowKey {
  return { budgetId: budget_id, startsAt: starts_at };
}

function usd(text: string): PicoUsd {
  const money = parseUsd(text);
  if (money === undefined) throw new Error(`the database holds ${text} where money with 12 decimals belongs`);
  return money;
}
