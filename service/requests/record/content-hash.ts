import { hash } from 'node:crypto';
import type { RequestRow } from './request-row';

/** What a sender says of a request, apart from its prompt. */
export type RequestContent = Omit<
  RequestRow,
  | 'id'
  | 'timestamp'
  | 'projectId'
  | 'keyId'
  | 'prompt'
  | 'cost'
  | 'listCost'
  | 'savedCost'
  | 'pricing'
  | 'priceRule'
  | 'contentHash'
>;

/** SHA-256 that tells a repeated record from another one with the same id. The order of tags and units plays no part. */
export function contentHash(content: RequestContent): Buffer {
  const { tags, units, ...rest } = content;
  const text = JSON.stringify([FIELDS.map((field) => rest[field]), sorted(tags), units && sorted(units)]);
  return hash('sha256', text, 'buffer');
}

/** Fields in the order of the hash. A new field goes to the end; each hash that is stored depends on the order. */
const FIELDS = [
  ...(['userId', 'provider', 'model', 'serviceTier', 'region', 'inputTokens', 'cachedInputTokens'] as const),
  ...(['cacheWriteTokens', 'cacheWrite1hTokens', 'outputTokens', 'reasoningTokens', 'usageSource'] as const),
  ...(['latencyMs', 'status', 'cacheHit', 'errorCode'] as const),
];

function sorted(object: object): [string, unknown][] {
  return Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1));
}
