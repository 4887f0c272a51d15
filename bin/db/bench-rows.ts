import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { batchInsert } from '../../service/database/requests/batch-insert';
import type { LlmRequest } from '../../service/database/requests/llm-request';
import { uuidV7 } from '../../service/shared/uuid-v7';

/** Users that the rows are spread over. */
const USERS = 100;

/** A request, as the bare loop inserts it. @param number spreads users and tokens */
export function benchRow(milliseconds: number, number: number): LlmRequest {
  return {
    id: uuidV7(milliseconds, randomBytes(10)),
    userId: `user-${String(1 + (number % USERS)).padStart(4, '0')}`,
    timestamp: new Date(milliseconds).toISOString(),
    provider: 'openai',
    model: 'gpt-4o-mini',
    prompt: `Summarise the minutes of meeting ${number % 977} for the team in Lima`,
    inputTokens: 100 + (number % 900),
    cachedInputTokens: number % 50,
    outputTokens: 20 + (number % 300),
    cost: `0.00${1000 + (number % 9000)}`,
    latencyMilliseconds: 300 + (number % 4000),
    status: 'completed',
    cacheHit: false,
    errorCode: null,
  };
}

/** Inserts batches, each writer one at a time, until none is left. */
export async function insertAll(
  writers: readonly Client[],
  batches: readonly (readonly LlmRequest[])[],
): Promise<void> {
  const queue = batches.values();
  const work = async (writer: Client) => {
    for (const batch of queue) await batchInsert(writer, batch);
  };
  await Promise.all(writers.map(work));
}
