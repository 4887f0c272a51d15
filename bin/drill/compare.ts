import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from '../../service/database/connect';
import { type CostComparison, compareCosts } from './calls/call-costs';
import {
  type CallSources,
  type Comparison,
  compare,
  type LedgerRow,
  type ProviderCall,
  providerCalls,
  storedRows,
} from './calls/call-ledger';
import type { Load } from './load';
import type { PhaseCounts, StoredRow } from './records/record-ledger';

/** What became of calls of the gateway. */
export interface CallCounts {
  /** Calls whose callers have a whole answer. */
  readonly answered: number;
  /** Calls that reached the provider, each once. */
  readonly reached: number;
  readonly rows: number;
  /** Rows of calls that the cache, or the answer to another call, answered. */
  readonly hits: number;
  /** Calls that reached the provider or were answered, and have no row. */
  readonly lost: number;
  /** Calls with more than one row, and calls that the provider answered more than once. */
  readonly twice: number;
  /** Rows that have not ended. */
  readonly active: number;
  /** Rows that were ended in the place of a process that was gone. */
  readonly abandoned: number;
  /** Completed rows of calls that the provider has not seen. */
  readonly invented: number;
  readonly cost: CostComparison;
}

/** Longest wait until all rows have ended, ms. */
const PATIENCE_MS = 45_000;

/** Time between two looks, ms. */
const POLL_MS = 500;

/** Compares what callers and the provider saw with the ledger, once all rows have ended. */
export async function compareCalls(
  { callMarkers: markers, answered }: Load,
  sources: CallSources,
): Promise<CallCounts> {
  const own = { ...sources, markers };
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const counts = countCalls(answered, await providerCalls(own), await storedRows(own));
    if (counts.lost + counts.active === 0 || waitedMs >= PATIENCE_MS) return counts;
    await sleep(POLL_MS);
  }
}

/** @param answered markers of calls whose callers have a whole answer */
export function countCalls(
  answered: ReadonlySet<string>,
  calls: readonly ProviderCall[],
  rows: readonly LedgerRow[],
): CallCounts {
  const compared: Comparison = compare(
    calls.map(({ key }) => key),
    rows,
  );
  const byMarker = Map.groupBy(rows, ({ marker }) => marker);
  const unrecorded = [...answered].filter((marker) => !byMarker.has(marker));
  const cost = compareCosts(calls, rows);
  const repeated = [...byMarker.values()].filter(({ length }) => length > 1).length;
  return {
    answered: answered.size,
    ...{
      reached: compared.reached,
      rows: rows.length,
      active: compared.active,
      abandoned: compared.abandoned,
    },
    hits: rows.filter(({ cache_hit }) => cache_hit).length,
    lost: Math.max(compared.missing.length, unrecorded.length),
    twice: Math.max(compared.twice, repeated) + cost.answeredTwice,
    invented: compared.unsent.filter(({ status, cache_hit }) => status === 'completed' && !cache_hit).length,
    cost,
  };
}

/** Compares what clients were told about their records with the table. */
export async function compareRecords(
  { records, recordMarkers }: Load,
  name: string,
  { login }: CallSources,
): Promise<PhaseCounts> {
  const { rows } = await withConnection(login, (client) =>
    client.query<StoredRow>(
      `SELECT tags->>'drill' AS marker, id, status FROM llm_requests WHERE tags->>'drill' LIKE $1 || '%'`,
      [recordMarkers],
    ),
  );
  const counts = records.compare(rows)[name];
  return counts ?? { sent: 0, toldStored: 0, stored: 0, lost: 0, twice: 0, refused: 0, answers: {} };
}
