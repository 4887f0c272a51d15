import { countAt, isObject, type RawUsage, requiredCountAt, UsageProblem, usageOf } from './read-counts';
import type { Usage } from './token-usage';

/** Modalities with a unit of their own. Pages of documents are billed as images. */
const MODALITY_UNITS: Readonly<Record<string, string>> = {
  AUDIO: 'audio',
  IMAGE: 'image',
  DOCUMENT: 'image',
  VIDEO: 'video',
};

/**
 * `usageMetadata` of Gemini, by its own API and by Vertex AI.
 *
 * `promptTokenCount` includes the cached tokens. Prompts of tools and thoughts are beside the prompt and the
 * candidates. The API leaves out fields that are 0.
 *
 * Source: ai.google.dev/api/generate-content#UsageMetadata
 */
export function readGemini(raw: RawUsage): Usage {
  const prompt = countAt(raw, 'promptTokenCount') ?? 0;
  const toolPrompt = countAt(raw, 'toolUsePromptTokenCount') ?? 0;
  const reasoning = countAt(raw, 'thoughtsTokenCount') ?? 0;
  const total = countAt(raw, 'totalTokenCount');
  if (total === undefined && !('promptTokenCount' in raw)) {
    throw new UsageProblem('usage.promptTokenCount or totalTokenCount is missing; absent is not zero');
  }
  // An answer that was blocked has no candidates; what the total has beyond the other parts is output.
  const rest = Math.max(0, (total ?? 0) - prompt - toolPrompt - reasoning);
  const candidates = countAt(raw, 'candidatesTokenCount') ?? countAt(raw, 'responseTokenCount') ?? rest;
  return usageOf(
    {
      input: prompt + toolPrompt,
      cachedInput: countAt(raw, 'cachedContentTokenCount') ?? 0,
      output: candidates + reasoning,
      reasoning,
    },
    sumOfUnits([
      modalities(raw['promptTokensDetails'], 'input_'),
      modalities(raw['toolUsePromptTokensDetails'], 'input_'),
      modalities(raw['cacheTokensDetails'], 'cached_input_'),
      modalities(raw['candidatesTokensDetails'] ?? raw['responseTokensDetails'], 'output_'),
    ]),
  );
}

/** Counts of a list of `{ modality, tokenCount }` by unit; text is what remains and has no unit. */
function modalities(details: unknown, prefix: string): Record<string, number> {
  const units: Record<string, number> = {};
  for (const detail of Array.isArray(details) ? details.filter(isObject) : []) {
    const name = MODALITY_UNITS[String(detail['modality'])];
    // A count of 0 is left out like every other.
    const count = 'tokenCount' in detail ? requiredCountAt(detail, 'tokenCount') : 0;
    if (name !== undefined) units[prefix + name] = (units[prefix + name] ?? 0) + count;
  }
  return units;
}

function sumOfUnits(all: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [unit, count] of all.flatMap(Object.entries<number>)) sums[unit] = (sums[unit] ?? 0) + count;
  return sums;
}
