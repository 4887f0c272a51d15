import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from '../../service/database/connect';
import type { PartServers } from './part';

/** A row of the ledger. */
export interface LedgerRow {
  readonly id: string;
  readonly status: string;
  readonly error_code: string | null;
  /** Tag `drill` of its call. */
  readonly marker: string | null;
}

/** Calls that the provider received, compared with the ledger. */
export interface Comparison {
  /** Calls that reached the provider, each once, however often it was tried. */
  readonly reached: number;
  readonly rows: number;
  /** Ids of calls that reached the provider and have no row. */
  readonly missing: readonly string[];
  /** Calls with more than one row. */
  readonly twice: number;
  /** Rows that have not ended. */
  readonly active: number;
  /** Rows that another process ended because theirs was gone. */
  readonly abandoned: number;
  /** Rows of calls that did not reach the provider. */
  readonly unsent: readonly LedgerRow[];
}

/** Time between two looks, ms. */
const POLL_MS = 500;

/** Compares ids that the provider saw with rows. The gateway sends a call's id as its idempotency key. */
export function compare(keys: Iterable<string>, rows: readonly LedgerRow[]): Comparison {
  const reached = new Set(keys);
  const ids = new Set(rows.map(({ id }) => id));
  return {
    reached: reached.size,
    rows: rows.length,
    missing: [...reached].filter((id) => !ids.has(id)),
    twice: rows.length - ids.size,
    active: rows.filter(({ status }) => status === 'active').length,
    abandoned: rows.filter(({ error_code }) => error_code === 'abandoned').length,
    unsent: rows.filter(({ id }) => !reached.has(id)),
  };
}

/** What the provider received and what the ledger has, now. */
export async function compareNow(servers: PartServers): Promise<Comparison> {
  return compare(await providerKeys(servers), await storedRows(servers));
}

/** Compares until nothing is missing or active, at most for a time, ms. */
export async function compareSettled(servers: PartServers, patienceMs: number): Promise<Comparison> {
  return compareUntil(servers, patienceMs, ({ missing, active }) => missing.length + active === 0);
}

/** Compares until a condition holds, at most for a time, ms. */
export async function compareUntil(
  servers: PartServers,
  patienceMs: number,
  isDone: (comparison: Comparison) => boolean,
): Promise<Comparison> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const comparison = await compareNow(servers);
    if (isDone(comparison) || waitedMs >= patienceMs) return comparison;
    await sleep(POLL_MS);
  }
}

async function providerKeys({ provider }: PartServers): Promise<string[]> {
  const answer = await fetch(`${provider.url}/simulated/calls?limit=100000`);
  const { data } = (await answer.json()) as { data: { key: string }[] };
  return data.map(({ key }) => key);
}

/** All rows of calls. */
export async function storedRows({ service }: PartServers): Promise<LedgerRow[]> {
  const { rows } = await withConnection(service.login, (client) =>
    client.query<LedgerRow>(
      `SELECT id, status, error_code, tags->>'drill' AS marker FROM llm_requests ORDER BY "timestamp"`,
    ),
  );
  return rows;
}

/** What is wrong with a ledger in which each call has to be once. */
export function problemsOf({ missing, twice, active, unsent }: Comparison): string[] {
  // A start in the journal whose call a killed process did not send any more.
  const wrong = unsent.filter(({ status }) => status === 'completed');
  const counts: [number, string][] = [
    [missing.length, 'calls that reached the provider have no row'],
    [twice, 'rows are there a second time'],
    [active, 'rows have not ended'],
    [wrong.length, 'rows are completed, and the provider has not seen their calls'],
  ];
  return counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
}
