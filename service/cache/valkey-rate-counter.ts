import type { RateCount, RateCounter } from './rate-counter';
import type { ValkeyClient } from './valkey-client';

/**
 * Counts requests and answers the count and the rest of the window, ms. One script is one step for all pods. A key
 * without an expiry would count for ever, so the script does not rely on the first request's `PEXPIRE`.
 */
const SCRIPT = `
local requests = redis.call('INCRBY', KEYS[1], ARGV[2])
local remaining = redis.call('PTTL', KEYS[1])
if remaining < 0 then
  remaining = tonumber(ARGV[1])
  redis.call('PEXPIRE', KEYS[1], remaining)
end
return {requests, remaining}`;

/** Counts the requests of all processes that use the same Valkey. */
export class ValkeyRateCounter implements RateCounter {
  constructor(private readonly client: Pick<ValkeyClient, 'evaluate'>) {}

  /** @throws Error where Valkey does not answer, or with something else */
  async count(key: string, windowMs: number, added = 1): Promise<RateCount> {
    // The braces are a hash tag: whatever a key's limits store is on one node of a cluster.
    const answer = await this.client.evaluate(SCRIPT, `{rl:${key}}:requests`, windowMs, added);
    const [requests, remainingMs] = Array.isArray(answer) ? answer : [];
    if (typeof requests !== 'number' || typeof remainingMs !== 'number') {
      throw new Error(`Valkey must answer a count and a time, got ${JSON.stringify(answer)}`);
    }
    return { requests, remainingMs };
  }
}
