import { hasAnthropicFields, readAnthropic } from './anthropic';
import { readConverse, readInvocationMetrics, readLlama, readTitan } from './bedrock';
import { readCohere } from './cohere';
import { readGemini } from './gemini';
import { type ChatDialect, readChat, readDuration, readRealtime, readResponses } from './openai';
import { isObject, type RawUsage, UsageProblem, usageOf } from './read-counts';
import type { NormalizedUsage, Usage } from './token-usage';

export type { NormalizedUsage, TokenCounts, Usage, UsageSource } from './token-usage';

/** Characters of a token, where nobody counted tokens: the rule of thumb for English text. */
const CHARACTERS_PER_TOKEN = 4;

/** Characters of the longest name of a service tier. */
const MAX_TIER_LENGTH = 64;

/** How a shape of usage is recognised and read. The first that fits counts. */
interface Shape {
  readonly fits: (raw: RawUsage, provider: string) => boolean;
  readonly read: (raw: RawUsage, provider: string) => Usage;
}

/**
 * Fields recognise a shape, not the provider's name: Azure, Bedrock and Vertex AI serve several APIs, and people name
 * compatible servers as they like. Names decide only between dialects.
 */
const SHAPES: readonly Shape[] = [
  { fits: hasAny('promptTokenCount', 'candidatesTokenCount', 'totalTokenCount'), read: readGemini },
  { fits: hasAny('inputTokens', 'outputTokens'), read: readConverse },
  { fits: hasAny('inputTokenCount', 'outputTokenCount'), read: readInvocationMetrics },
  { fits: hasAny('inputTextTokenCount'), read: readTitan },
  { fits: hasAny('prompt_token_count', 'generation_token_count'), read: readLlama },
  { fits: hasAny('billed_units', 'tokens'), read: readCohere },
  { fits: (raw) => raw['type'] === 'duration', read: readDuration },
  {
    fits: (raw, provider) =>
      hasAnthropicFields(raw) || (provider.includes('anthropic') && 'input_tokens' in raw),
    read: readAnthropic,
  },
  {
    fits: hasAny('input_token_details', 'output_token_details', 'billable_audio_seconds'),
    read: readRealtime,
  },
  { fits: hasAny('input_tokens', 'output_tokens'), read: readResponses },
  {
    fits: hasAny('prompt_tokens', 'completion_tokens', 'total_tokens'),
    read: (raw, provider) => readChat(raw, dialectOf(provider)),
  },
];

/** Dialects of Chat Completions by what a provider's name contains. */
const DIALECTS: readonly [name: RegExp, dialect: ChatDialect][] = [
  // docs.x.ai/docs/guides/reasoning: reasoning tokens are added to the completion's.
  [/^x-?ai$/, { reasoningIsBeside: 'unless-total' }],
  // docs.perplexity.ai/getting-started/pricing: Sonar Deep Research bills citations and reasoning beside the output; its total
  // counts neither.
  [/perplexity/, { reasoningIsBeside: 'always', citationsAreBeside: true }],
  // ai.google.dev/gemini-api/docs/openai: the total counts thoughts, no other field does.
  [/google|vertex|gemini/, { totalHasThoughts: true }],
];

/**
 * A provider's usage object in our terms.
 * @param provider name in the record, such as `openai` or `bedrock`
 * @param raw the provider's own usage object, as it stood in the answer (Gemini's `usageMetadata`, the body of
 * InvokeModel for Llama and Titan)
 */
export function normalizeUsage(provider: string, raw: unknown): NormalizedUsage {
  if (!isObject(raw)) return { ok: false, message: "usage must be the provider's usage object" };
  const name = provider.trim().toLowerCase();
  const shape = SHAPES.find(({ fits }) => fits(raw, name));
  if (shape === undefined) {
    return { ok: false, message: `usage has no known field, got ${fieldNames(raw)}; send tokens instead` };
  }
  try {
    return { ok: true, usage: shape.read(raw, name) };
  } catch (error) {
    if (error instanceof UsageProblem) return { ok: false, message: error.message };
    throw error;
  }
}

/**
 * The service tier in a usage object, such as `batch`: Anthropic's says which one served the request. Null where the
 * usage does not tell.
 */
export function reportedServiceTier(raw: unknown): string | null {
  const tier = isObject(raw) ? raw['service_tier'] : null;
  return typeof tier === 'string' && tier.length <= MAX_TIER_LENGTH ? tier : null;
}

/**
 * Usage of a call whose provider reported none: characters / 4, rounded up.
 * @param promptCharacters of the prompt
 * @param outputCharacters of the answer
 */
export function estimateUsage(promptCharacters: number, outputCharacters: number): Usage {
  return usageOf({
    input: Math.ceil(promptCharacters / CHARACTERS_PER_TOKEN),
    output: Math.ceil(outputCharacters / CHARACTERS_PER_TOKEN),
  });
}

function hasAny(...names: readonly string[]): (raw: RawUsage) => boolean {
  return (raw) => names.some((name) => raw[name] !== undefined && raw[name] !== null);
}

function dialectOf(provider: string): ChatDialect {
  return DIALECTS.find(([name]) => name.test(provider))?.[1] ?? {};
}

/** Names of the first fields, for an error. */
function fieldNames(raw: RawUsage): string {
  return (
    Object.keys(raw)
      .slice(0, 5)
      .map((name) => name.slice(0, 40))
      .join(', ') || 'an empty object'
  );
}
