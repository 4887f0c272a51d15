import { countAt, type RawUsage, requiredCountAt, UsageProblem, usageOf } from './read-counts';
import type { Usage } from './token-usage';

/** Whether a usage has fields that only the Messages API gives. */
export function hasAnthropicFields(raw: RawUsage): boolean {
  return (
    'input_tokens' in raw &&
    ['cache_creation_input_tokens', 'cache_read_input_tokens', 'cache_creation', 'server_tool_use'].some(
      (name) => name in raw,
    )
  );
}

/**
 * Usage of Anthropic's Messages API, also by Bedrock's InvokeModel and Vertex AI.
 *
 * `input_tokens` exclude what was read from the cache and written to it; `cache_creation` splits the written tokens by
 * the time that they are kept. Thinking is a part of `output_tokens`. In a stream the last `message_delta` has the
 * totals.
 *
 * Source: platform.claude.com/docs/en/build-with-claude/prompt-caching ("Tracking cache performance") and
 * platform.claude.com/docs/en/api/messages (`usage`).
 */
export function readAnthropic(raw: RawUsage): Usage {
  const uncached = requiredCountAt(raw, 'input_tokens');
  const cachedInput = countAt(raw, 'cache_read_input_tokens') ?? 0;
  const cacheWrite1h = countAt(raw, 'cache_creation.ephemeral_1h_input_tokens') ?? 0;
  const named = cacheWrite1h + (countAt(raw, 'cache_creation.ephemeral_5m_input_tokens') ?? 0);
  const written = countAt(raw, 'cache_creation_input_tokens') ?? named;
  if (named > written) {
    throw new UsageProblem(
      `usage.cache_creation has ${named} tokens, more than the ${written} of cache_creation_input_tokens`,
    );
  }
  return usageOf(
    {
      input: uncached + cachedInput + written,
      cachedInput,
      cacheWrite5m: written - cacheWrite1h,
      cacheWrite1h,
      output: requiredCountAt(raw, 'output_tokens'),
      reasoning: countAt(raw, 'output_tokens_details.thinking_tokens') ?? 0,
    },
    // Fetches of the web are free of charge beyond their tokens, so only searches are billed units.
    { web_searches: countAt(raw, 'server_tool_use.web_search_requests') },
  );
}
