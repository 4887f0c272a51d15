import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { batchInsert } from '../../../service/database/requests/batch-insert';
import type { LlmRequest } from '../../../service/database/requests/llm-request';
import { uuidV7 } from '../../../service/shared/uuid-v7';
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
  await storeAll(writers, [requests(BATCH_ROWS, first), requests(BATCH_ROWS, first)]);
  const batchMs = await millisecondsOf(() => storeAll(writers, batches));
  const singleMs = await millisecondsOf(() => storeAll(writers, singles));
  return {
    writers: writers.length,
    rows: batches.length * BATCH_ROWS,
    batchRows: BATCH_ROWS,
    batchRowsPerSecond: (batches.length * BATCH_ROWS * 1000) / batchMs,
    singleRows: SINGLE_ROWS,
    singleRowsPerSecond: (SINGLE_ROWS * 1000) / singleMs,
  };
}

async function storeAll(
  writers: readonly Client[],
  batches: readonly (readonly LlmRequest[])[],
): Promise<void> {
  const queue = batches.values();
  const work = async (writer: Client) => {
    for (const batch of queue) await batchInsert(writer, batch);
  };
  await Promise.all(writers.map(work));
}

/** Requests of 100 users, a millisecond apart. */
function requests(count: number, firstMilliseconds: number): LlmRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const milliseconds = firstMilliseconds + index;
    return {
      id: uuidV7(milliseconds, randomBytes(10)),
      userId: `user-${String(1 + (index % 100)).padStart(4, '0')}`,
      timestamp: new Date(milliseconds).toISOString(),
      provider: 'acme',
      model: 'acme-large',
      prompt: `Summarise the minutes of meeting ${index % 977} for the team in Lima`,
      inputTokens: 100 + (index % 900),
      cachedInputTokens: index % 50,
      outputTokens: 20 + (index % 300),
      cost: `0.00${1000 + (index % 9000)}`,
      latencyMilliseconds: 300 + (index % 4000),
      status: 'completed' as const,
      cacheHit: index % 5 < 3,
      errorCode: null,
    };
  });
}
