import { type JsonObject, objectIn, wholeNumberIn } from '../../formats/json';

/**
 * Converse's usage as OpenAI's: there the input includes what was read from the cache and written to it.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html and
 * platform.openai.com/docs/api-reference/chat/object (`usage`)
 * @returns undefined where the answer has none
 */
export function chatUsage(holder: JsonObject): JsonObject | undefined {
  const usage = objectIn(holder, 'usage');
  const uncached = usage && wholeNumberIn(usage, 'inputTokens');
  const output = usage && wholeNumberIn(usage, 'outputTokens');
  if (usage === undefined || uncached === undefined || output === undefined) return undefined;
  const cached = wholeNumberIn(usage, 'cacheReadInputTokens') ?? 0;
  const written = wholeNumberIn(usage, 'cacheWriteInputTokens') ?? 0;
  const input = uncached + cached + written;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, ...(written > 0 && { cache_write_tokens: written }) },
  };
}

/** Converse's reasons to stop as OpenAI's. */
const FINISH_REASONS: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
};

/**
 * The reason why a chat ended. Reasons without a counterpart, such as output that the model got wrong, are `stop`.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseResponse.html (`stopReason`)
 */
export function finishReason(stopReason: unknown): string {
  const name = String(stopReason);
  return (Object.hasOwn(FINISH_REASONS, name) ? FINISH_REASONS[name] : undefined) ?? 'stop';
}
