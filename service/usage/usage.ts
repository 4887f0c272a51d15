import type { NormalizedUsage, Usage } from './token-usage';

export type { NormalizedUsage, TokenCounts, Usage, UsageSource } from './token-usage';

/** Characters of a token, where nobody counted tokens: the rule of thumb for English text. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * A provider's usage object in our terms.
 * @param provider name in the record, such as `openai` or `bedrock`
 * @param raw the provider's own usage object, as it stood in the answer
 */
export function normalizeUsage(_provider: string, _raw: unknown): NormalizedUsage {
  return { ok: false, message: 'usage must be an object' };
}

/**
 * Usage of a call whose provider reported none: characters / 4, rounded up.
 * @param promptCharacters of the prompt
 * @param outputCharacters of the answer
 */
export function estimateUsage(promptCharacters: number, outputCharacters: number): Usage {
  return {
    tokens: {
      input: Math.ceil(promptCharacters / CHARACTERS_PER_TOKEN),
      cachedInput: 0,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      output: Math.ceil(outputCharacters / CHARACTERS_PER_TOKEN),
      reasoning: 0,
    },
    units: {},
  };
}
