import { randomBytes } from 'node:crypto';
import type { LlmRequest } from '../../../service/database/requests/llm-request';
import { uuidV7 } from '../../../service/shared/uuid-v7';

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

/** The same request, as a client of the API sends it. */
export function recordOf(row: LlmRequest): Record<string, unknown> {
  return {
    id: row.id,
    user: row.userId,
    provider: row.provider,
    model: row.model,
    status: row.status,
    latency_ms: row.latencyMilliseconds,
    prompt: row.prompt,
    tokens: { input: row.inputTokens, cached_input: row.cachedInputTokens, output: row.outputTokens },
  };
}

/** Rows of the bench in batches. */
export function batchesOf(rows: number, batchRows: number, nowMs: number): LlmRequest[][] {
  return Array.from({ length: Math.ceil(rows / batchRows) }, (_, batch) =>
    Array.from({ length: batchRows }, (__, index) => benchRow(nowMs, batch * batchRows + index)),
  );
}
