import type { Usage } from './token-usage';

/**
 * Units whose count is a part of the input tokens. Images, video and documents are billed as text where a provider
 * has no price of their own for them (Gemini lists "text / image / video" as one price); audio never is.
 */
export const INPUT_MODALITIES = ['audio', 'image', 'video'] as const;

/** Units whose count is a part of the output tokens. */
export const OUTPUT_PARTS = ['output_audio', 'output_image', 'output_video', 'output_citation'] as const;

/** Units that are counted beside the tokens. */
export const OTHER_UNITS = [
  'requests',
  'web_searches',
  'storage_searches',
  'social_searches',
  'rerank_searches',
  'search_sources',
  'code_executions',
  'images',
  'pixels',
  'characters',
  'audio_seconds',
  'input_audio_seconds',
  'output_audio_seconds',
  'document_pages',
  'annotated_document_pages',
  'text_messages',
] as const;

/** Units of `TokenCounts`. */
const COUNTED_TOKENS = [
  'input',
  'cached_input',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
] as const;

/** Every unit that is a number of tokens. */
export const TOKEN_UNITS: readonly string[] = [
  ...COUNTED_TOKENS,
  ...INPUT_MODALITIES.flatMap((modality) => [`input_${modality}`, `cached_input_${modality}`]),
  ...OUTPUT_PARTS,
];

/** Every unit that a price can be for. */
export const BILLED_UNITS: readonly string[] = [...TOKEN_UNITS, ...OTHER_UNITS];

/** Largest number of one unit in a request; the database's own limit for tokens. */
export const LARGEST_COUNT = 100_000_000;

/**
 * Why a usage contradicts itself: a part that is larger than its whole. Undefined where it does not.
 *
 * Audio can be cached without the provider saying so: cached input and input audio may overlap, but neither may be more
 * than the input.
 */
export function usageProblem(usage: Usage): string | undefined {
  return isPlain(usage) ? undefined : contradictionOf(usage);
}

/** Most usages have no further units, and their parts are few. */
function isPlain({ tokens, units }: Usage): boolean {
  for (const _ in units) return false;
  const { input, cachedInput, cacheWrite5m, cacheWrite1h, output, reasoning } = tokens;
  return cachedInput + cacheWrite5m + cacheWrite1h <= input && reasoning <= output;
}

function contradictionOf({ tokens, units }: Usage): string | undefined {
  const sumOf = (names: readonly string[]) => names.reduce((sum, name) => sum + (units[name] ?? 0), 0);
  const cached = INPUT_MODALITIES.map((modality) => `cached_input_${modality}`);
  const wholes: readonly [part: string, count: number, whole: string, most: number][] = [
    [
      'cached and cache-write tokens',
      tokens.cachedInput + tokens.cacheWrite5m + tokens.cacheWrite1h,
      'input tokens',
      tokens.input,
    ],
    [
      'audio, image, video and cache-write tokens',
      sumOf(INPUT_MODALITIES.map((name) => `input_${name}`)) + tokens.cacheWrite5m + tokens.cacheWrite1h,
      'input tokens',
      tokens.input,
    ],
    ['cached audio, image and video tokens', sumOf(cached), 'cached input tokens', tokens.cachedInput],
    ['reasoning tokens', tokens.reasoning, 'output tokens', tokens.output],
    ['audio, image, video and citation tokens', sumOf(OUTPUT_PARTS), 'output tokens', tokens.output],
    ...INPUT_MODALITIES.map(
      (name) =>
        [
          `cached ${name} tokens`,
          units[`cached_input_${name}`] ?? 0,
          `${name} tokens`,
          units[`input_${name}`] ?? 0,
        ] as [string, number, string, number],
    ),
    [
      'annotated document pages',
      units['annotated_document_pages'] ?? 0,
      'document pages',
      units['document_pages'] ?? 0,
    ],
  ];
  for (const [part, count, whole, most] of wholes) {
    if (count > most) return `usage contradicts itself: ${count} ${part} are more than ${most} ${whole}`;
  }
  return undefined;
}
