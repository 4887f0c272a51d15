import type { EndInput, StoredRequest } from '../record';

/** The record of an ended request: what its start said, overlaid with what its end says. */
export function endedRecord(stored: StoredRequest, end: EndInput): Record<string, unknown> {
  const { id, user, provider, model, service_tier, region, cache_hit, tags } = stored;
  const start = { id, user, provider, model, service_tier, region, cache_hit, tags };
  const given = Object.fromEntries(Object.entries(end).filter(([, value]) => value !== undefined));
  return { ...start, ...given };
}
