import type { TokenCounts, Usage } from '../usage/token-usage';
import { INPUT_MODALITIES, OUTPUT_PARTS } from '../usage/units';

/** A number of units that one price applies to. */
export interface BilledUnit {
  /** Such as `cached_input`. */
  readonly unit: string;
  /** Above 0. */
  readonly count: number;
}

/**
 * A usage as parts that do not overlap: their sum is what is billed, each part once.
 *
 *     input 100, of which cached 40, audio 30 -> input 30, cached_input 40, input_audio 30
 *
 * Units that are unknown here stay what they are: they have no price, and so the request is not fully priced.
 */
export function billedUnits({ tokens, units }: Usage): readonly BilledUnit[] {
  const names = Object.keys(units);
  if (names.length === 0) return textUnits(tokens);
  const count = (unit: string) => units[unit] ?? 0;
  const { cachedModalities, modalities } = inputModalities({ tokens, units });
  const written = tokens.cacheWrite5m + tokens.cacheWrite1h;
  const cachedText = tokens.cachedInput - sum(cachedModalities);
  const outputParts = OUTPUT_PARTS.map((unit) => ({ unit, count: count(unit) }));
  // Audio that a model speaks is not reasoning; where both are given they are apart.
  const reasoning = Math.min(tokens.reasoning, tokens.output - sum(outputParts));
  const annotated = count('annotated_document_pages');
  const duration = count('input_audio_seconds') + count('output_audio_seconds');
  const apart: Readonly<Record<string, number>> = {
    document_pages: count('document_pages') - annotated,
    audio_seconds: Math.max(0, count('audio_seconds') - duration),
  };
  return [
    { unit: 'input', count: tokens.input - tokens.cachedInput - written - sum(modalities) },
    { unit: 'cached_input', count: cachedText },
    { unit: 'cache_write_5m', count: tokens.cacheWrite5m },
    { unit: 'cache_write_1h', count: tokens.cacheWrite1h },
    ...modalities,
    ...cachedModalities,
    { unit: 'output', count: tokens.output - reasoning - sum(outputParts) },
    { unit: 'reasoning', count: reasoning },
    ...outputParts,
    ...names
      .filter((unit) => !PARTS_OF_TOKENS.has(unit))
      .map((unit) => ({ unit, count: apart[unit] ?? count(unit) })),
  ].filter((part) => part.count > 0);
}

/** The same for a usage without further units, which most are. */
function textUnits(tokens: TokenCounts): readonly BilledUnit[] {
  const { input, cachedInput, cacheWrite5m, cacheWrite1h, output } = tokens;
  const reasoning = Math.min(tokens.reasoning, output);
  const parts: BilledUnit[] = [];
  const add = (unit: string, count: number) => {
    if (count > 0) parts.push({ unit, count });
  };
  add('input', input - cachedInput - cacheWrite5m - cacheWrite1h);
  add('cached_input', cachedInput);
  add('cache_write_5m', cacheWrite5m);
  add('cache_write_1h', cacheWrite1h);
  add('output', output - reasoning);
  add('reasoning', reasoning);
  return parts;
}

/** Units that are a part of the tokens. */
const PARTS_OF_TOKENS: ReadonlySet<string> = new Set([
  ...INPUT_MODALITIES.flatMap((name) => [`input_${name}`, `cached_input_${name}`]),
  ...OUTPUT_PARTS,
]);

/**
 * Input tokens of audio, image and video, without and with those that were cached. Where a provider does not say how
 * many of them were cached, it is the least number that its other counts allow.
 */
function inputModalities({ tokens, units }: Usage): {
  readonly modalities: BilledUnit[];
  readonly cachedModalities: BilledUnit[];
} {
  if (!INPUT_MODALITIES.some((name) => units[`input_${name}`]))
    return { modalities: [], cachedModalities: [] };
  const whole = INPUT_MODALITIES.map((name) => units[`input_${name}`] ?? 0);
  const reported = INPUT_MODALITIES.map((name) => units[`cached_input_${name}`] ?? 0);
  const written = tokens.cacheWrite5m + tokens.cacheWrite1h;
  const total = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);
  let overlap = Math.max(0, tokens.cachedInput + written + total(whole) - total(reported) - tokens.input);
  const cached = reported.map((count, index) => {
    const more = Math.min(overlap, (whole[index] ?? 0) - count);
    overlap -= more;
    return count + more;
  });
  return {
    modalities: INPUT_MODALITIES.map((name, index) => ({
      unit: `input_${name}`,
      count: (whole[index] ?? 0) - (cached[index] ?? 0),
    })),
    cachedModalities: INPUT_MODALITIES.map((name, index) => ({
      unit: `cached_input_${name}`,
      count: cached[index] ?? 0,
    })),
  };
}

function sum(parts: readonly BilledUnit[]): number {
  return parts.reduce((total, { count }) => total + count, 0);
}
