import { createHash } from 'node:crypto';
import type { RequestRow } from './request-row';

/** What a sender says of a request, apart from its prompt. */
export type RequestContent = Omit<
  RequestRow,
  | 'id'
  | 'timestamp'
  | 'projectId'
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
  const text = JSON.stringify([sorted(rest), sorted(tags), sorted(units ?? {})]);
  return createHash('sha256').update(text).digest();
}

function sorted(object: object): [string, unknown][] {
  return Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1));
}
