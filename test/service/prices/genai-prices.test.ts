import {
  calcPrice,
  type MatchLogic,
  type ModelInfo,
  type Provider,
  waitForUpdate,
} from '@pydantic/genai-prices';
import fc from 'fast-check';
import { type BuiltInPrices, builtInPrices, convertProviders } from '../../../service/prices/built-in-prices';
import { EXACT_DECIMALS, PriceBook, type Priced } from '../../../service/prices/price-usage';
import type { Usage } from '../../../service/usage/usage';
import { exactCost, question, usage } from './price-helpers';

/** Relative difference that floats may make. */
const TOLERANCE = 1e-9;

/** Models that the package has without any price, and why they are not free. */
const UNPRICED: Readonly<Record<string, string>> = {
  'cerebras/qwen-3-coder-480b': 'sold by subscription',
  'github-copilot/gpt-3.5-turbo': 'part of a subscription',
  'github-copilot/gpt-4.1': 'part of a subscription',
  'github-copilot/gpt-4o': 'part of a subscription',
  'github-copilot/gpt-4o-mini': 'part of a subscription',
  'google/gemma-3': 'only a free tier with limits',
  'google/gemma-3n': 'only a free tier with limits',
  'google/gemma-4-26b-a4b-it': 'only a free tier with limits',
  'google/gemma-4-31b-it': 'only a free tier with limits',
  'huggingface_together/ServiceNow-AI/Apriel-1.6-15b-Thinker': 'no price published',
  'openai/moderation': 'only free with limits',
  'openrouter/gemini-2.5-pro-exp-03-25': 'an experiment that has ended',
  'openrouter/google/gemini-flash-1.5-8b-exp': 'an experiment that has ended',
  'openrouter/google/lyria-3-clip-preview': 'sold by the song',
  'openrouter/google/lyria-3-pro-preview': 'sold by the song',
};

/** Units that we leave unpriced where a model lacks the price key, and what the package takes instead. */
const NEVER_SUBSTITUTED: Readonly<Record<string, { readonly key: string; readonly theirs: string }>> = {
  cache_write_1h: { key: 'cache_write_1h_mtok', theirs: 'the price of five minutes, which is lower' },
  input_audio: { key: 'input_audio_mtok', theirs: 'the price of text' },
  cached_input_audio: { key: 'cache_audio_read_mtok', theirs: 'the price of text' },
  output_audio: { key: 'output_audio_mtok', theirs: 'the price of text' },
  output: { key: 'output_mtok', theirs: '0, as for an embedding' },
  reasoning: { key: 'output_mtok', theirs: '0, as for an embedding' },
  input: { key: 'input_mtok', theirs: '0, as for a model that is billed by the page' },
  cached_input: { key: 'input_mtok', theirs: '0, as for a model that is billed by the page' },
  cache_write_5m: { key: 'input_mtok', theirs: '0, as for a model that is billed by the page' },
  web_searches: { key: 'web_searches_kcount', theirs: '0' },
  document_pages: { key: 'input_document_kpages', theirs: '0' },
  audio_seconds: { key: 'audio_hours', theirs: '0' },
};

let providers: readonly Provider[];
let builtIn: BuiltInPrices;
let book: PriceBook;

beforeAll(async () => {
  providers = (await waitForUpdate()) ?? [];
  builtIn = await builtInPrices();
  book = PriceBook.load(builtIn);
});

/** Our usage in the package's terms. */
function inTheirTerms({ tokens, units }: Usage): Record<string, number> {
  const renamed: Readonly<Record<string, string>> = {
    input_audio: 'input_audio_tokens',
    cached_input_audio: 'cache_audio_read_tokens',
    output_audio: 'output_audio_tokens',
    input_image: 'input_image_tokens',
    cached_input_image: 'cache_image_read_tokens',
    output_image: 'output_image_tokens',
    output_citation: 'output_citation_tokens',
    document_pages: 'input_document_pages',
    annotated_document_pages: 'input_annotated_document_pages',
  };
  return {
    input_tokens: tokens.input,
    cache_read_tokens: tokens.cachedInput,
    cache_write_tokens: tokens.cacheWrite5m + tokens.cacheWrite1h,
    cache_write_1h_tokens: tokens.cacheWrite1h,
    output_tokens: tokens.output,
    output_reasoning_tokens: tokens.reasoning,
    ...Object.fromEntries(Object.entries(units).map(([unit, count]) => [renamed[unit] ?? unit, count])),
  };
}

/** Names that a rule matches, one for each of its clauses. */
function namesOf(rule: MatchLogic): string[] {
  if ('or' in rule) return rule.or.flatMap(namesOf);
  if ('and' in rule) return rule.and.flatMap(namesOf);
  if ('regex' in rule) return [];
  return Object.values(rule);
}

/** A name of a model: its id, or else the first that its rule gives. Ids such as `regional.…` are labels, no names. */
function nameOf(provider: Provider, { id, match }: ModelInfo): string {
  const found = [id, ...namesOf(match)].find(
    (name) => calcPrice({}, name, { providerId: provider.id })?.model.id === id,
  );
  if (found === undefined) throw new Error(`no name leads to ${provider.id}/${id}`);
  return found;
}

const count = (max: number) => fc.oneof(fc.constant(0), fc.nat(max));

/** Usages whose parts are all given, so that neither side has to assume anything. */
const USAGES: fc.Arbitrary<Usage> = fc
  .record({
    text: count(400_000),
    cached: count(300_000),
    write5m: count(100_000),
    write1h: count(50_000),
    audio: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(10_000) }),
    cachedAudio: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5000) }),
    output: count(60_000),
    reasoning: count(30_000),
    outputAudio: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5000) }),
    searches: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(9) }),
    pages: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(90) }),
    seconds: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(9000) }),
  })
  .map((n) =>
    usage(
      {
        input: n.text + n.cached + n.write5m + n.write1h + n.audio + n.cachedAudio,
        cachedInput: n.cached + n.cachedAudio,
        cacheWrite5m: n.write5m,
        cacheWrite1h: n.write1h,
        output: n.output + n.reasoning + n.outputAudio,
        reasoning: n.reasoning,
      },
      {
        input_audio: n.audio + n.cachedAudio,
        cached_input_audio: n.cachedAudio,
        output_audio: n.outputAudio,
        web_searches: n.searches,
        document_pages: n.pages,
        audio_seconds: n.seconds,
      },
    ),
  );

/** Times before and after each dated price of the package, at all hours. */
const TIMES = fc.date({ min: new Date('2024-01-01'), max: new Date('2027-06-01'), noInvalidDate: true });

/** The unrounded cost as a float. */
function costOf(priced: Priced): number {
  return Number(exactCost(priced.parts)) / 10 ** EXACT_DECIMALS;
}

function compare(provider: Provider, model: string, at: Date, used: Usage): void {
  const ours = book.price(question(used, { provider: provider.id, model, at }));
  const theirs = calcPrice(inTheirTerms(used), model, { providerId: provider.id, timestamp: at });
  const name = `${provider.id}/${model}`;
  if (theirs === null) throw new Error(`the package has no price of ${name}`);
  const canonical = `${theirs.provider.id}/${theirs.model.id}`;
  if (ours.pricing === 'unpriced') {
    if (!(canonical in UNPRICED)) throw new Error(`${name} is unpriced`);
    return;
  }
  const missing = ours.parts.filter(({ price }) => price === null).map(({ unit }) => unit);
  const unexplained = missing.filter((unit) => {
    const known = NEVER_SUBSTITUTED[unit];
    return known === undefined || known.key in theirs.model_price;
  });
  if (unexplained.length > 0) throw new Error(`${name} has no price of ${unexplained.join(', ')}`);
  const slack = TOLERANCE * theirs.total_price;
  // What is left unpriced can only be missing.
  const difference = costOf(ours) - theirs.total_price;
  if (missing.length > 0 ? difference > slack : Math.abs(difference) > slack) {
    throw new Error(
      `${name} at ${at.toISOString()}: ${costOf(ours)}, but ${theirs.total_price} by the package`,
    );
  }
}

/**
 * DeepSeek's peak prices of August 2026. The package applies them to earlier requests too, as its comments say; here
 * they begin with their date.
 */
function isBeforePeakPrices(provider: string, model: string, at: Date): boolean {
  return /^deepseek-v4/.test(model) && /deepseek/.test(provider) && at < new Date('2026-08-17');
}

test('every model costs what calcPrice says', () => {
  const models = providers.flatMap((provider) =>
    provider.models.map((model) => ({ provider, model, name: nameOf(provider, model) })),
  );
  fc.assert(
    fc.property(USAGES, TIMES, (used, at) => {
      for (const { provider, model, name } of models) {
        if (!isBeforePeakPrices(provider.id, model.id, at)) compare(provider, name, at, used);
      }
    }),
    { numRuns: 12 },
  );
});

test('every model has a price, but for those that are listed with a reason', () => {
  const unpriced = providers.flatMap((provider) =>
    provider.models
      .filter((model) => {
        const name = nameOf(provider, model);
        const asked = question(usage({ input: 1, output: 1 }), { provider: provider.id, model: name });
        return book.price(asked).pricing === 'unpriced';
      })
      .map(({ id }) => `${provider.id}/${id}`),
  );
  expect(unpriced.sort()).toEqual(Object.keys(UNPRICED).sort());
});

test.each([
  ['openai', 'gpt-4o-2024-08-06', 'openai/gpt-4o'],
  ['anthropic', 'claude-sonnet-4-20250514', 'anthropic/claude-sonnet-4-0'],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws/regional.anthropic.claude-sonnet-4-5'],
  ['bedrock', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws/global.anthropic.claude-sonnet-4-5'],
  ['Amazon Bedrock', 'amazon.nova-lite-v1:0', 'aws/amazon.nova-lite-v1:0'],
  ['azure', 'gpt-4o', '/gpt-4o'],
  ['vertex_ai', 'gemini-2.5-flash', 'google/gemini-2.5-flash'],
  ['gemini', 'gemini-2.5-pro', 'google/gemini-2.5-pro'],
  ['xai', 'grok-4', 'x-ai/grok-4-0709'],
  ['litellm', 'openai/gpt-4o-mini', 'openai/gpt-4o-mini'],
  ['litellm', 'claude-sonnet-4-20250514', 'anthropic/claude-sonnet-4-0'],
  ['OpenAI', ' GPT-4o ', 'openai/gpt-4o'],
])('%s %s is found by a rule of %s', (provider, model, canonical) => {
  const { rule, pricing } = book.price(question(usage({ input: 1 }), { provider, model }));
  expect(rule).toContain(canonical);
  expect(pricing).toBe('priced');
});

test('the names of the package lead to the model that the package finds', () => {
  const names = providers.flatMap((provider) =>
    provider.models.flatMap(({ id }) =>
      [id, id.toUpperCase(), `${id}-2025-01-01`].map((name) => ({ provider, name })),
    ),
  );
  for (const { provider, name } of names) {
    const theirs = calcPrice({ input_tokens: 0 }, name, { providerId: provider.id });
    const ours = book.price(
      question(usage({ input: 1, output: 1 }, { document_pages: 1, audio_seconds: 1 }), {
        provider: provider.id,
        model: name,
      }),
    );
    const canonical = theirs && `${theirs.provider.id}/${theirs.model.id}`;
    if (canonical === null) expect(ours.pricing).toBe('unpriced');
    else if (ours.rule === null) expect(UNPRICED).toHaveProperty([canonical]);
    else expect(ours.rule).toContain(` ${canonical}: `);
  }
});

test("DeepSeek's peak hours cost more from their date on, and not before", () => {
  const at = (time: string) =>
    Number(
      book.price(
        question(usage({ input: 1_000_000 }), {
          provider: 'deepseek',
          model: 'deepseek-v4-flash',
          at: new Date(time),
        }),
      ).cost,
    ) / 1e12;
  expect(at('2026-08-16T02:00:00Z')).toBe(0.14);
  expect(at('2026-08-18T00:59:59Z')).toBe(0.22);
  expect(at('2026-08-18T01:00:00Z')).toBe(0.44);
  expect(at('2026-08-18T04:00:00Z')).toBe(0.22);
});

test('every price key of the package has a unit, and the conversion is the same each time', () => {
  expect(builtIn.unknown).toEqual([]);
  expect(convertProviders(providers)).toEqual(builtIn);
});

test('a price is the published decimal, not the float', () => {
  const published = builtIn.prices.find(
    ({ provider, model, unit }) =>
      provider === 'huggingface_together' && model === 'Qwen/Qwen3-VL-8B-Instruct' && unit === 'input',
  );
  // The package has 0.18000000000000002.
  expect(published?.usdPerMillion).toBe(180_000_000_000n);
});
