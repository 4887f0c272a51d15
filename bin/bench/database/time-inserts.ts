import type { Client } from 'pg';
import type { LlmRequest } from '../../../service/database/requests/llm-request';
import { benchRow, insertAll } from '../../db/bench-rows';
import { millisecondsOf } from '../../db/timing';

/** Rates of inserts in batches and row by row. */
export interface InsertRates {
  /** Connections that write at the same time. */
  readonly writers: number;
  /** Rows that were inserted in batches. */
  readonly rows: number;
  /** Rows of one batch. */
  readonly batchRows: number;
  /** Rows a second, by all writers together. */
  readonly batchRowsPerSecond: number;
  /** Rows that were inserted one by one, each in a transaction of its own, as the seed's bad example does. */
  readonly singleRows: number;
  /** Rows a second, by all writers together. */
  readonly singleRowsPerSecond: number;
}

const BATCH_ROWS = 2000;
const SINGLE_ROWS = 1000;

/**
 * Rates of the seed's `batch_insert` and of its row-by-row form, on the same table with all its indexes, each by all
 * writers at once: with a single writer the driver and the server wait for each other.
 */
export async function timeInserts(
  writers: readonly Client[],
  rows: number,
  start: string,
): Promise<InsertRates> {
  const first = Date.parse(start);
  const batches = Array.from({ length: Math.ceil(rows / BATCH_ROWS) }, (_, batch) =>
    requests(BATCH_ROWS, first + batch * BATCH_ROWS),
  );
  const singles = requests(SINGLE_ROWS, first).map((single) => [single]);
  // The first inserts warm up caches and are not measured.
  await insertAll(writers, [requests(BATCH_ROWS, first), requests(BATCH_ROWS, first)]);
  const batchMs = await millisecondsOf(() => insertAll(writers, batches));
  const singleMs = await millisecondsOf(() => insertAll(writers, singles));
  return {
    writers: writers.length,
    rows: batches.length * BATCH_ROWS,
    batchRows: BATCH_ROWS,
    batchRowsPerSecond: (batches.length * BATCH_ROWS * 1000) / batchMs,
    singleRows: SINGLE_ROWS,
    singleRowsPerSecond: (SINGLE_ROWS * 1000) / singleMs,
  };
}

/** Requests of 100 users, a millisecond apart. */
function requests(count: number, firstMilliseconds: number): LlmRequest[] {
  return Array.from({ length: count }, (_, index) => ({
    ...benchRow(firstMilliseconds + index, index),
    provider: 'acme',
    model: 'acme-large',
    cacheHit: index % 5 < 3,
  }));
}
