import { createHash } from 'node:crypto';
import type { LlmRequest } from '../../../service/database/requests/llm-request';
import { uuidV7 } from '../../../service/shared/uuid-v7';

/** Requests of `user-0001` from `start` on, one a second; another batch has other ids. */
export function requests(count: number, start: string, batch = 0): LlmRequest[] {
  const first = Date.parse(start);
  return Array.from({ length: count }, (_, index) => {
    const milliseconds = first + index * 1000;
    const random = createHash('sha256').update(`${batch}/${index}`).digest();
    return {
      id: uuidV7(milliseconds, random),
      userId: 'user-0001',
      timestamp: new Date(milliseconds).toISOString(),
      provider: 'acme',
      model: 'acme-large',
      prompt: `Translate sentence ${index} into "plain" Latin: a\\b, {c}, NULL, ünïcödé`,
      inputTokens: 100 + index,
      cachedInputTokens: index % 100,
      outputTokens: 50,
      cost: '0.0012345678',
      latencyMilliseconds: 900,
      status: 'completed' as const,
      cacheHit: index % 3 === 0,
      errorCode: null,
    };
  });
}
