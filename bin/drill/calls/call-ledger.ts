import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionSettings, withConnection } from '../../../service/database/connect';

/** Where both sides of the comparison are read. */
export interface CallSources {
  /** Origin of the simulated provider. */
  readonly providerUrl: string;
  /** A log-in that may read requests. */
  readonly login: ConnectionSettings;
  /** Tags `drill` begin with this; other rows are not read. @default '' */
  readonly markers?: string;
}

/** A call as the provider lists it. */
export interface ProviderCall {
  /** The gateway's id of the call, which is its row's. */
  readonly key: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly outcome: string;
}

/** A row of the ledger. */
export interface LedgerRow {
  readonly id: string;
  readonly status: string;
  readonly error_code: string | null;
  /** Tag `drill` of its call. */
  readonly marker: string | null;
  /** Whether the cache or another caller's answer answered. */
  readonly cache_hit: boolean;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** USD, ten decimals. */
  readonly cost_usd: string;
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
export async function compareNow(sources: CallSources): Promise<Comparison> {
  const calls = await providerCalls(sources);
  return compare(
    calls.map(({ key }) => key),
    await storedRows(sources),
  );
}

/** Compares until nothing is missing or active, at most for a time, ms. */
export async function compareSettled(sources: CallSources, patienceMs: number): Promise<Comparison> {
  return compareUntil(sources, patienceMs, ({ missing, active }) => missing.length + active === 0);
}

/** Compares until a condition holds, at most for a time, ms. */
export async function compareUntil(
  sources: CallSources,
  patienceMs: number,
  isDone: (comparison: Comparison) => boolean,
): Promise<Comparison> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const comparison = await compareNow(sources);
    if (isDone(comparison) || waitedMs >= patienceMs) return comparison;
    await sleep(POLL_MS);
  }
}

/** The provider's own list of the calls that reached it. */
export async function providerCalls({ providerUrl }: CallSources): Promise<readonly ProviderCall[]> {
  const answer = await fetch(`${providerUrl}/simulated/calls?limit=100000`);
  const { data } = (await answer.json()) as { data: ProviderCall[] };
  return data;
}

/** All rows of calls. */
export async function storedRows({ login, markers = '' }: CallSources): Promise<LedgerRow[]> {
  const { rows } = await withConnection(login, (client) =>
    client.query<LedgerRow>(
      `SELECT id, status, error_code, tags->>'drill' AS marker, cache_hit, input_tokens, output_tokens,
         cost::text AS cost_usd
       FROM llm_requests WHERE $1 = '' OR tags->>'drill' LIKE $1 || '%' ORDER BY "timestamp"`,
      [markers],
    ),
  );
  return rows;
}

/** What is wrong with a ledger in which each call has to be once. */
export function problemsOf({ missing, twice, active, unsent }: Comparison): string[] {
  // A start in the journal whose call a killed process did not send any more.
  const wrong = unsent.filter(({ status, cache_hit }) => status === 'completed' && !cache_hit);
  const counts: [number, string][] = [
    [missing.length, 'calls that reached the provider have no row'],
    [twice, 'rows are there a second time'],
    [active, 'rows have not ended'],
    [wrong.length, 'rows are completed, and the provider has not seen their calls'],
  ];
  return counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
}
