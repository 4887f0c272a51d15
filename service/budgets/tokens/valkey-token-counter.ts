import type { ValkeyClient } from '../../cache/valkey-client';
import { MINUTE_MS, type TokenCount, type TokenCounter, type TokenWindow } from './token-counter';

/** Time that a window is kept, ms: the minute itself, and one in which calls that began in it are corrected. */
const KEPT_MS = 2 * MINUTE_MS;

/**
 * Counts tokens unless they pass the limit; answers whether, and the count. One script is one step for all pods.
 * The expiry is set each time: a key without one would count for ever.
 */
const TAKE = `
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local tokens = tonumber(ARGV[1])
if used + tokens > tonumber(ARGV[2]) then return {0, used} end
redis.call('SET', KEYS[1], used + tokens, 'PX', ARGV[3])
return {1, used + tokens}`;

/** Adds tokens to a window that is still counted. */
const ADD = `
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
redis.call('SET', KEYS[1], math.max(0, used + tonumber(ARGV[1])), 'PX', ARGV[2])
return 1`;

/** Counts the tokens of all processes that use the same Valkey. */
export class ValkeyTokenCounter implements TokenCounter {
  constructor(private readonly client: Pick<ValkeyClient, 'evaluate'>) {}

  /** @throws Error where Valkey does not answer, or with something else */
  async take(window: TokenWindow, tokens: number, limit: number): Promise<TokenCount> {
    const answer = await this.client.evaluate(TAKE, keyOf(window), tokens, limit, KEPT_MS);
    const [granted, used] = Array.isArray(answer) ? answer : [];
    if (typeof granted !== 'number' || typeof used !== 'number') {
      throw new Error(`Valkey must answer a decision and a count, got ${JSON.stringify(answer)}`);
    }
    return { granted: granted === 1, used };
  }

  /** @throws Error where Valkey does not answer */
  async add(window: TokenWindow, tokens: number): Promise<void> {
    await this.client.evaluate(ADD, keyOf(window), tokens, KEPT_MS);
  }
}

/** The braces are a hash tag: whatever a key's limits store is on one node of a cluster. */
function keyOf({ name, minute }: TokenWindow): string {
  return `{rl:${name}}:tokens:${minute}`;
}
