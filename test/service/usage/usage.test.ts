import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractUsage, findProvider } from '@pydantic/genai-prices';
import fc from 'fast-check';
import {
  estimateUsage,
  normalizeUsage,
  reportedServiceTier,
  type TokenCounts,
  type Usage,
} from '../../../service/usage/usage';
import { ROOT } from '../../helpers/commands';
import { USAGE_CASES } from './usage-cases';

const NONE: TokenCounts = {
  input: 0,
  cachedInput: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
};

function usageOf(provider: string, raw: unknown): Usage {
  const normalized = normalizeUsage(provider, raw);
  if (!normalized.ok) throw new Error(normalized.message);
  return normalized.usage;
}

test('at least 60 cases come from the documentation of the providers', () => {
  expect(USAGE_CASES.length).toBeGreaterThanOrEqual(60);
});

test.each(USAGE_CASES)('reads $name', ({ provider, raw, tokens, units = {} }) => {
  expect(usageOf(provider, raw)).toEqual({ tokens: { ...NONE, ...tokens }, units });
});

/** Our counts by the names of `extractUsage`, as far as it has them. */
function inReferenceTerms({ tokens, units }: Usage): Record<string, number> {
  return {
    input: tokens.input,
    cachedInput: tokens.cachedInput,
    cacheWrite5m: tokens.cacheWrite5m,
    cacheWrite1h: tokens.cacheWrite1h,
    output: tokens.output,
    reasoning: tokens.reasoning,
    ...units,
  };
}

function referenceCounts(usage: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const count = (name: string) => usage[name] ?? 0;
  const written = count('cache_write_tokens');
  return {
    input: count('input_tokens'),
    cachedInput: count('cache_read_tokens'),
    cacheWrite5m: written - count('cache_write_1h_tokens'),
    cacheWrite1h: count('cache_write_1h_tokens'),
    output: count('output_tokens'),
    reasoning: count('output_reasoning_tokens'),
    input_audio: count('input_audio_tokens'),
    input_image: count('input_image_tokens'),
    input_video: count('input_video_tokens'),
    cached_input_audio: count('cache_audio_read_tokens'),
    output_audio: count('output_audio_tokens'),
    output_image: count('output_image_tokens'),
    output_citation: count('output_citation_tokens'),
    web_searches: count('web_searches'),
  };
}

/** An answer with the usage where an extractor looks for it. */
function answerWith(root: unknown, raw: unknown): unknown {
  const path = (Array.isArray(root) ? root : [root]) as string[];
  // Cohere's extractor begins within the usage object.
  const holders = path.filter((name) => name !== 'billed_units');
  return holders.reduceRight<unknown>((inner, name) => ({ [name]: inner }), raw);
}

const COMPARED = USAGE_CASES.filter(({ reference }) => reference !== undefined);

test.each(COMPARED)('reads $name as genai-prices does', ({ provider, raw, reference, differs }) => {
  const [id, flavour] = reference ?? ['', ''];
  const found = findProvider({ providerId: id });
  const extractor = found?.extractors?.find(({ api_flavor }) => api_flavor === flavour);
  if (found === undefined || extractor === undefined) throw new Error(`no extractor ${id} ${flavour}`);
  const { usage } = extractUsage(found, answerWith(extractor.root, raw), flavour);
  const [ours, theirs] = [inReferenceTerms(usageOf(provider, raw)), referenceCounts(usage)];
  const different = Object.keys(theirs).filter((name) => (ours[name] ?? 0) !== theirs[name]);
  expect(different.sort()).toEqual([...(differs?.counts ?? [])].sort());
});

describe('a usage that cannot be read', () => {
  test.each<[name: string, provider: string, raw: unknown, message: string]>([
    ['no object', 'openai', 'many', "usage must be the provider's usage object"],
    ['null', 'openai', null, "usage must be the provider's usage object"],
    ['a list', 'openai', [], "usage must be the provider's usage object"],
    ['an empty object', 'openai', {}, 'usage has no known field, got an empty object; send tokens instead'],
    ['unknown fields', 'openai', { words: 5 }, 'usage has no known field, got words; send tokens instead'],
    [
      'a prompt without the rest',
      'openai',
      { prompt_tokens: 5 },
      'usage.completion_tokens is missing, and total_tokens does not tell it; absent is not zero',
    ],
    [
      'an event of a stream without its input',
      'anthropic',
      { output_tokens: 15 },
      'usage.input_tokens is missing; absent is not zero',
    ],
    [
      'a negative count',
      'openai',
      { prompt_tokens: -1, completion_tokens: 1 },
      'usage.prompt_tokens must be a whole number between 0 and 100000000, got -1',
    ],
    [
      'a fraction',
      'openai',
      { prompt_tokens: 1.5, completion_tokens: 1 },
      'usage.prompt_tokens must be a whole number between 0 and 100000000, got 1.5',
    ],
    [
      'a text',
      'anthropic',
      { input_tokens: '12', output_tokens: 1 },
      'usage.input_tokens must be a whole number between 0 and 100000000, got a string',
    ],
    [
      'a number where details belong',
      'openai',
      { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: 7 },
      'usage.prompt_tokens_details must be an object, got a number',
    ],
    [
      'more cached than prompted',
      'openai',
      { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 11 } },
      'usage contradicts itself: 11 cached and cache-write tokens are more than 10 input tokens',
    ],
    [
      'a total below its parts',
      'vllm',
      { prompt_tokens: 10, total_tokens: 5 },
      'usage.total_tokens must be at least the tokens of prompt and completion, got 5',
    ],
    [
      'a split of cache writes above their sum',
      'anthropic',
      {
        input_tokens: 1,
        output_tokens: 1,
        cache_creation_input_tokens: 5,
        cache_creation: { ephemeral_1h_input_tokens: 9 },
      },
      'usage.cache_creation has 9 tokens, more than the 5 of cache_creation_input_tokens',
    ],
    [
      'a duration without seconds',
      'openai',
      { type: 'duration' },
      'usage.seconds is missing; absent is not zero',
    ],
  ])('%s fails with the field and the remedy', (_, provider, raw, message) => {
    expect(normalizeUsage(provider, raw)).toEqual({ ok: false, message });
  });

  test('no object of any shape throws, and what is read is whole and consistent', () => {
    const fields = fc.constantFrom(
      ...new Set(USAGE_CASES.flatMap(({ raw }) => Object.keys(raw as object))),
      '__proto__',
      'constructor',
    );
    const value = fc.oneof(
      fc.nat(1_000_000),
      fc.constantFrom(null, -1, 0.5, Number.NaN, 1e300, '7', true, [], {}),
      fc.dictionary(fields, fc.nat(1000), { maxKeys: 3 }),
      fc.array(fc.record({ modality: fc.constantFrom('AUDIO', 'TEXT'), tokenCount: fc.nat(1000) }), {
        maxLength: 3,
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('openai', 'anthropic', 'bedrock', 'google', 'xai', 'perplexity', 'other'),
        fc.dictionary(fields, value, { maxKeys: 6 }),
        (provider, raw) => {
          const normalized = normalizeUsage(provider, raw);
          if (!normalized.ok) return normalized.message.length > 0;
          const { tokens, units } = normalized.usage;
          const counts = [...Object.values(tokens), ...Object.values(units)];
          return (
            counts.every((count) => Number.isInteger(count) && count >= 0) &&
            tokens.cachedInput + tokens.cacheWrite5m + tokens.cacheWrite1h <= tokens.input &&
            tokens.reasoning <= tokens.output
          );
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test('an estimate is a quarter of the characters, rounded up', () => {
  expect(estimateUsage(9, 4)).toEqual({ tokens: { ...NONE, input: 3, output: 1 }, units: {} });
  expect(estimateUsage(0, 0)).toEqual({ tokens: NONE, units: {} });
});

test.each([
  [{ input_tokens: 1, output_tokens: 1, service_tier: 'batch' }, 'batch'],
  [{ input_tokens: 1, output_tokens: 1 }, null],
  [{ service_tier: 7 }, null],
  ['batch', null],
])('the service tier in %j is %s', (raw, tier) => {
  expect(reportedServiceTier(raw)).toBe(tier);
});

test('docs/costs.md has every case', () => {
  const page = readFileSync(join(ROOT, 'docs/costs.md'), 'utf8').replaceAll(/ +\|/g, ' |');
  const rows = USAGE_CASES.map(({ name, provider, tokens, units = {} }) => {
    const counts = [
      tokens.input,
      tokens.cachedInput,
      tokens.cacheWrite5m,
      tokens.cacheWrite1h,
      tokens.output,
      tokens.reasoning,
    ];
    const further = Object.entries(units).map(([unit, count]) => `${unit} ${count}`);
    return `| ${[name, provider, ...counts.map((count) => count ?? 0), further.join(', ') || '-'].join(' | ')} |`;
  });
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
});
