import { INPUT_MODALITIES, TOKEN_UNITS } from '../usage/units';
import type { BilledUnit } from './billed-units';

/**
 * The units whose price may stand for a unit's, the best first. Only a price list's own meaning is used: cached input
 * without a price of its own is input, reasoning is output. Audio is never priced as text, and an hour's cache write
 * never as one of five minutes, which costs less.
 */
export function substitutes(unit: string, priced: ReadonlySet<string>): readonly string[] {
  const modality = CACHED_MODALITIES.get(unit);
  if (modality !== undefined) {
    const isApart = modality === 'audio' || priced.has(`input_${modality}`);
    return [unit, ...(isApart ? [`input_${modality}`] : ['cached_input', 'input'])];
  }
  if (unit === 'cache_write_1h') return priced.has('cache_write_5m') ? [unit] : [unit, 'input'];
  return SUBSTITUTED.get(unit) ?? [unit];
}

/** Modality of each unit of cached input. */
const CACHED_MODALITIES: ReadonlyMap<string, string> = new Map(
  INPUT_MODALITIES.map((modality) => [`cached_input_${modality}`, modality]),
);

const SUBSTITUTES: Readonly<Record<string, string>> = {
  cached_input: 'input',
  cache_write_5m: 'input',
  input_image: 'input',
  input_video: 'input',
  reasoning: 'output',
  output_citation: 'output',
  input_audio_seconds: 'audio_seconds',
  output_audio_seconds: 'audio_seconds',
  annotated_document_pages: 'document_pages',
};

/** Each of these units with its substitute. */
const SUBSTITUTED: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(SUBSTITUTES).map(([unit, substitute]) => [unit, [unit, substitute]]),
);

/** Without the tokens of a model that is billed by something else, such as the seconds of a recording. */
export function billableUnits(
  billed: readonly BilledUnit[],
  priced: ReadonlySet<string>,
): readonly BilledUnit[] {
  if (TOKEN_UNITS.some((unit) => priced.has(unit))) return billed;
  const hasOther = billed.some(({ unit }) => substitutes(unit, priced).some((name) => priced.has(name)));
  return !hasOther ? billed : billed.filter(({ unit }) => !TOKEN_UNITS.includes(unit));
}

/** With the request itself, where the model has a price for it and the usage does not count requests. */
export function withRequests(
  billed: readonly BilledUnit[],
  priced: ReadonlySet<string>,
): readonly BilledUnit[] {
  const isCounted = billed.some(({ unit }) => unit === 'requests');
  return priced.has('requests') && !isCounted ? [...billed, { unit: 'requests', count: 1 }] : billed;
}
