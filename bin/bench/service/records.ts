import type { LlmRequest } from '../../../service/database/requests/llm-request';
import { benchRow } from '../../db/bench-rows';

/** A row of the bench, as a client of the API sends it. */
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
