import {
  countAt,
  firstCountAt,
  type RawUsage,
  requiredCountAt,
  secondsAt,
  UsageProblem,
  usageOf,
} from './read-counts';
import type { Usage } from './token-usage';

/**
 * Usage of OpenAI's Responses and Images. `input_tokens` include the cached ones and those written to the cache,
 * `output_tokens` those of reasoning.
 *
 * Source: platform.openai.com/docs/api-reference/responses/object (`usage`) and /docs/api-reference/images/object
 */
export function readResponses(raw: RawUsage): Usage {
  return usageOf(
    {
      input: requiredCountAt(raw, 'input_tokens'),
      cachedInput: countAt(raw, 'input_tokens_details.cached_tokens') ?? 0,
      cacheWrite5m: countAt(raw, 'input_tokens_details.cache_write_tokens') ?? 0,
      output: requiredCountAt(raw, 'output_tokens'),
      reasoning: countAt(raw, 'output_tokens_details.reasoning_tokens') ?? 0,
    },
    {
      input_audio: countAt(raw, 'input_tokens_details.audio_tokens'),
      input_image: countAt(raw, 'input_tokens_details.image_tokens'),
      output_audio: countAt(raw, 'output_tokens_details.audio_tokens'),
      output_image: countAt(raw, 'output_tokens_details.image_tokens'),
    },
  );
}

/**
 * Usage of OpenAI's Realtime API and of its transcriptions by tokens, whose details are called `input_token_details`.
 *
 * Source: platform.openai.com/docs/api-reference/realtime-server-events/response/done (`usage`) and
 * /docs/api-reference/audio/json-object
 */
export function readRealtime(raw: RawUsage): Usage {
  const cached = 'input_token_details.cached_tokens_details';
  return usageOf(
    {
      input: requiredCountAt(raw, 'input_tokens'),
      cachedInput: countAt(raw, 'input_token_details.cached_tokens') ?? 0,
      output: requiredCountAt(raw, 'output_tokens'),
    },
    {
      input_audio: countAt(raw, 'input_token_details.audio_tokens'),
      input_image: countAt(raw, 'input_token_details.image_tokens'),
      cached_input_audio: countAt(raw, `${cached}.audio_tokens`),
      cached_input_image: countAt(raw, `${cached}.image_tokens`),
      output_audio: countAt(raw, 'output_token_details.audio_tokens'),
      audio_seconds: countAt(raw, 'billable_audio_seconds'),
      text_messages: countAt(raw, 'input_text_messages'),
    },
  );
}

/** Names that OpenAI-compatible servers give to tokens that were read from the cache, OpenAI's own first. */
const CACHED = [
  'prompt_tokens_details.cached_tokens',
  'prompt_cache_hit_tokens', // DeepSeek: api-docs.deepseek.com/guides/kv_cache
  'cached_tokens', // Moonshot, Together
  'cached_prompt_text_tokens', // xAI, before prompt_tokens_details
  'num_cached_tokens', // Mistral
  'cache_read_input_tokens', // LiteLLM's proxy
];

/** Names of tokens that were written to the cache, part of `prompt_tokens` (OpenRouter, LiteLLM's proxy). */
const WRITTEN = ['prompt_tokens_details.cache_write_tokens', 'cache_creation_input_tokens'];

const REASONING = ['completion_tokens_details.reasoning_tokens', 'reasoning_tokens'];

/** How a provider's Chat Completions differ from OpenAI's. */
export interface ChatDialect {
  /**
   * Whether reasoning is beside `completion_tokens`: `always`, or `unless-total` where the total may say that it is not.
   * @default - it is a part of them, unless the total says that it is not
   */
  readonly reasoningIsBeside?: 'always' | 'unless-total';
  /** Whether `citation_tokens` are beside `completion_tokens`. @default false */
  readonly citationsAreBeside?: boolean;
  /** Whether output that only the total counts is reasoning. @default false */
  readonly totalHasThoughts?: boolean;
}

/**
 * Usage of OpenAI's Chat Completions and Embeddings, and of compatible servers. `prompt_tokens` include the cached
 * ones, `completion_tokens` those of reasoning. An embedding has no `completion_tokens`. A part that a server leaves out
 * follows from `total_tokens`.
 *
 * Source: platform.openai.com/docs/api-reference/chat/object (`usage`), /docs/api-reference/embeddings/create; the
 * dialects' sources are beside them.
 */
export function readChat(raw: RawUsage, dialect: ChatDialect = {}): Usage {
  const { input, completion, total } = promptAndCompletion(raw);
  const reported = firstCountAt(raw, REASONING) ?? 0;
  const citations = dialect.citationsAreBeside ? (countAt(raw, 'citation_tokens') ?? 0) : 0;
  const hidden =
    dialect.totalHasThoughts && total !== undefined ? Math.max(0, total - input - completion) : 0;
  const beside = isBeside({ input, completion, total, reported }, dialect) ? reported : 0;
  return usageOf(
    {
      input,
      cachedInput: firstCountAt(raw, CACHED) ?? 0,
      cacheWrite5m: firstCountAt(raw, WRITTEN) ?? 0,
      output: completion + citations + Math.max(hidden, beside),
      reasoning: Math.max(hidden, reported),
    },
    { ...chatUnits(raw), output_citation: citations },
  );
}

/** Units of a chat beside its tokens, and kinds of tokens other than text. */
function chatUnits(raw: RawUsage): Record<string, number | undefined> {
  return {
    input_audio: countAt(raw, 'prompt_tokens_details.audio_tokens'),
    input_image: countAt(raw, 'prompt_tokens_details.image_tokens'),
    input_video: countAt(raw, 'prompt_tokens_details.video_tokens'),
    output_audio: countAt(raw, 'completion_tokens_details.audio_tokens'),
    output_image: countAt(raw, 'completion_tokens_details.image_tokens'),
    // OpenRouter and Perplexity. https://docs.perplexity.ai/getting-started/pricing
    web_searches: firstCountAt(raw, ['server_tool_use.web_search_requests', 'num_search_queries']),
    // xAI's live search: docs.x.ai/docs/guides/live-search
    search_sources: countAt(raw, 'num_sources_used'),
    // Mistral's Voxtral: docs.mistral.ai/capabilities/audio
    audio_seconds: countAt(raw, 'prompt_audio_seconds'),
  };
}

interface PromptAndCompletion {
  readonly input: number;
  readonly completion: number;
  readonly total: number | undefined;
}

/** @throws UsageProblem where neither a field nor the total tells both */
function promptAndCompletion(raw: RawUsage): PromptAndCompletion {
  const prompt = countAt(raw, 'prompt_tokens');
  const output = countAt(raw, 'completion_tokens');
  const total = countAt(raw, 'total_tokens');
  const missing = (field: string) =>
    new UsageProblem(`usage.${field} is missing, and total_tokens does not tell it; absent is not zero`);
  if (prompt === undefined && output === undefined) {
    // Embeddings of some compatible servers give the total only.
    if (total === undefined) throw missing('prompt_tokens');
    return { input: total, completion: 0, total };
  }
  const input = prompt ?? (total === undefined ? undefined : total - (output ?? 0));
  const completion = output ?? (total === undefined ? undefined : total - (prompt ?? 0));
  if (input === undefined) throw missing('prompt_tokens');
  if (completion === undefined) throw missing('completion_tokens');
  if (input < 0 || completion < 0) {
    throw new UsageProblem(
      `usage.total_tokens must be at least the tokens of prompt and completion, got ${total}`,
    );
  }
  return { input, completion, total };
}

/** Whether reasoning is beside `completion_tokens`. */
function isBeside(
  { input, completion, total, reported }: PromptAndCompletion & { readonly reported: number },
  { reasoningIsBeside }: ChatDialect,
): boolean {
  if (reported === 0) return false;
  if (reported > completion || reasoningIsBeside === 'always') return true;
  if (total === input + completion + reported) return true;
  return reasoningIsBeside === 'unless-total' && total !== input + completion;
}

/**
 * Usage of a transcription that is billed by its duration.
 *
 * Source: platform.openai.com/docs/api-reference/audio/json-object (`usage.type` = `duration`)
 */
export function readDuration(raw: RawUsage): Usage {
  const seconds = secondsAt(raw, 'seconds');
  if (seconds === undefined) throw new UsageProblem('usage.seconds is missing; absent is not zero');
  return usageOf({ input: 0, output: 0 }, { audio_seconds: seconds });
}
