import fc from 'fast-check';
import { type BuiltInPrices, builtInPrices } from '../../../service/prices/built-in-prices';
import { explainPart } from '../../../service/prices/explain-part';
import { formatUsd, parseUsd } from '../../../service/prices/money';
import type { PriceRow } from '../../../service/prices/price-row';
import { PriceBook, type PriceQuestion } from '../../../service/prices/price-usage';
import { normalizeUsage, type Usage } from '../../../service/usage/usage';
import { exactCost, PROJECT, price, question, usage } from './price-helpers';

let builtIn: BuiltInPrices;
let book: PriceBook;

beforeAll(async () => {
  builtIn = await builtInPrices();
  book = PriceBook.load(builtIn);
});

/** A book of these prices alone. */
function bookOf(prices: readonly PriceRow[], discounts = new Map<string, number>()): PriceBook {
  return PriceBook.load({ prices, models: [], providers: [], discounts });
}

/** Cost in USD of a question to a book of these prices. */
function costOf(prices: readonly PriceRow[], used: Usage, changes: Partial<PriceQuestion> = {}): string {
  const priced = bookOf(prices).price(question(used, changes));
  return `${formatUsd(priced.cost, 2)} ${priced.pricing}`;
}

const MILLION = usage({ input: 1_000_000 });

test("Anthropic's documented case costs 0.054399 USD exactly", () => {
  const normalized = normalizeUsage('anthropic', {
    input_tokens: 3,
    cache_creation_input_tokens: 12_304,
    cache_read_input_tokens: 0,
    output_tokens: 550,
  });
  if (!normalized.ok) throw new Error(normalized.message);
  const asked = question(normalized.usage, { provider: 'anthropic', model: 'claude-sonnet-4-20250514' });
  const priced = book.price(asked);
  expect(priced.cost).toBe(parseUsd('0.054399'));
  expect(priced.listCost).toBe(priced.cost);
  expect(priced.pricing).toBe('priced');
  expect(priced.parts.map(({ unit, count, exactCost: exact }) => [unit, count, exact])).toEqual([
    ['input', 3, 9n * 10n ** 16n],
    ['cache_write_5m', 12_304, 4614n * 10n ** 17n],
    ['output', 550, 825n * 10n ** 17n],
  ]);
});

describe('how far a request is priced', () => {
  test('an unknown model is unpriced, and a price of 0 is a price', () => {
    const unknown = book.price(question(MILLION, { provider: 'vllm', model: 'my-model' }));
    expect(unknown).toMatchObject({ cost: 0n, pricing: 'unpriced', rule: null });
    expect(costOf([price('0')], MILLION)).toBe('0.00 priced');
    expect(
      book.price(question(MILLION, { provider: 'openrouter', model: 'qwen/qwq-32b:free' })),
    ).toMatchObject({
      cost: 0n,
      pricing: 'priced',
    });
  });

  test.each<[name: string, used: Usage, changes: Partial<PriceQuestion>]>([
    ['audio', usage({ input: 100 }, { input_audio: 40 }), {}],
    ['cached audio', usage({ input: 100, cachedInput: 40 }, { input_audio: 40, cached_input_audio: 40 }), {}],
    ['spoken output', usage({ output: 100 }, { output_audio: 40 }), {}],
    ['a drawn picture', usage({ output: 100 }, { output_image: 40 }), {}],
    ['a search', usage({ input: 100 }, { web_searches: 1 }), {}],
    ['an unknown unit', usage({ input: 100 }, { holograms: 1 }), {}],
    ['the batch tier', usage({ input: 100 }), { serviceTier: 'batch' }],
  ])('%s without a price makes it partial, never text', (_, used, changes) => {
    const prices = [price('1000'), price('2000', { unit: 'output' })];
    const priced = bookOf(prices).price(question(used, changes));
    expect(priced.pricing).toBe('partial');
    const unpriced = priced.parts.filter((part) => part.price === null);
    expect(unpriced.map(({ exactCost: exact }) => exact)).toEqual([0n]);
  });

  test("an hour's cache write is not priced as one of five minutes", () => {
    const prices = [price('1'), price('1.25', { unit: 'cache_write_5m' })];
    const used = usage({ input: 1_000_000, cacheWrite1h: 1_000_000 });
    expect(costOf(prices, used)).toBe('0.00 partial');
    expect(costOf([...prices, price('2', { unit: 'cache_write_1h' })], used)).toBe('2.00 priced');
    // Where writing to the cache has no price at all it is input.
    expect(costOf([price('1')], used)).toBe('1.00 priced');
  });

  test('nothing used is priced at 0', () => {
    const priced = bookOf([price('1')]).price(question(usage({})));
    expect(priced).toMatchObject({ cost: 0n, pricing: 'priced', rule: 'p/m by its own name' });
  });
});

describe('parts', () => {
  test('do not overlap', () => {
    const prices = [
      price('1'),
      ...['cached_input', 'cache_write_5m', 'cache_write_1h', 'input_audio', 'cached_input_audio'].map(
        (unit) => price('1', { unit }),
      ),
      ...['output', 'reasoning', 'output_audio'].map((unit) => price('1', { unit })),
    ];
    const used = usage(
      { input: 100, cachedInput: 40, cacheWrite5m: 5, cacheWrite1h: 6, output: 50, reasoning: 20 },
      { input_audio: 30, cached_input_audio: 10, output_audio: 15 },
    );
    const { parts } = bookOf(prices).price(question(used));
    expect(Object.fromEntries(parts.map(({ unit, count }) => [unit, count]))).toEqual({
      input: 29,
      cached_input: 30,
      cache_write_5m: 5,
      cache_write_1h: 6,
      input_audio: 20,
      cached_input_audio: 10,
      output: 15,
      reasoning: 20,
      output_audio: 15,
    });
  });

  test('cached audio that is not reported is the least that the counts allow', () => {
    const prices = [price('1'), price('1', { unit: 'cached_input' }), price('1', { unit: 'input_audio' })];
    const counts = (used: Usage) =>
      bookOf(prices)
        .price(question(used))
        .parts.map(({ unit, count }) => `${unit} ${count}`);
    expect(counts(usage({ input: 100, cachedInput: 40 }, { input_audio: 30 }))).toEqual([
      'input 30',
      'cached_input 40',
      'input_audio 30',
    ]);
    expect(counts(usage({ input: 100, cachedInput: 90 }, { input_audio: 30 }))).toEqual([
      'cached_input 70',
      'input_audio 10',
      'cached_input_audio 20',
    ]);
  });

  test.each([
    ['cached_input', usage({ input: 10, cachedInput: 10 }), 'input'],
    ['cache_write_5m', usage({ input: 10, cacheWrite5m: 10 }), 'input'],
    ['input_image', usage({ input: 10 }, { input_image: 10 }), 'input'],
    ['reasoning', usage({ output: 10, reasoning: 10 }), 'output'],
    ['output_citation', usage({ output: 10 }, { output_citation: 10 }), 'output'],
  ])('%s without a price of its own is billed as what it is a part of', (unit, used, substitute) => {
    const prices = [price('3'), price('5', { unit: 'output' })];
    const [part] = bookOf(prices).price(question(used)).parts;
    expect([part?.unit, part?.price?.unit]).toEqual([unit, substitute]);
    const [own] = bookOf([...prices, price('1', { unit })]).price(question(used)).parts;
    expect(own?.price?.unit).toBe(unit);
  });

  test('a request with a price counts once, or as often as the usage says', () => {
    const prices = [price('1'), price('12000', { unit: 'requests' })];
    const cost = (used: Usage) => formatUsd(bookOf(prices).price(question(used)).cost, 3);
    expect(cost(usage({ input: 1000 }))).toBe('0.013');
    expect(cost(usage({ input: 1000 }, { requests: 3 }))).toBe('0.037');
  });

  test('tokens of a model that is billed by the second cost nothing', () => {
    const prices = [price('100', { unit: 'audio_seconds' })];
    expect(costOf(prices, usage({ input: 500, output: 20 }, { audio_seconds: 600 }))).toBe('0.06 priced');
    // Without its seconds the request cannot be priced.
    expect(costOf(prices, usage({ input: 500, output: 20 }))).toBe('0.00 partial');
  });
});

test("Groq's shortest recording is billed as ten seconds", () => {
  const seconds = (count: number) => {
    const asked = question(usage({}, { audio_seconds: count }), {
      provider: 'groq',
      model: 'whisper-large-v3',
    });
    return book.price(asked).parts[0]?.count;
  };
  expect([1, 9, 10, 11].map(seconds)).toEqual([10, 10, 10, 11]);
});

describe('the price that applies', () => {
  const at = (time: string) => ({ at: new Date(time) });

  test('begins and ends at its dates', () => {
    const prices = [
      price('1', { validUntil: new Date('2026-02-01') }),
      price('2', { validFrom: new Date('2026-02-01'), validUntil: new Date('2026-03-01') }),
    ];
    expect(costOf(prices, MILLION, at('2026-01-31T23:59:59.999Z'))).toBe('1.00 priced');
    expect(costOf(prices, MILLION, at('2026-02-01T00:00:00Z'))).toBe('2.00 priced');
    expect(costOf(prices, MILLION, at('2026-03-01T00:00:00Z'))).toBe('0.00 unpriced');
  });

  test('is the latest of those without an end', () => {
    const prices = [price('1'), price('2', { validFrom: new Date('2026-02-01') })];
    expect(costOf(prices, MILLION, at('2026-01-01T00:00:00Z'))).toBe('1.00 priced');
    expect(costOf(prices, MILLION)).toBe('2.00 priced');
  });

  test('is of the tier of all input, for all units', () => {
    const above = { aboveInputTokens: 200_000 };
    const prices = [
      price('1'),
      price('2', above),
      price('10', { unit: 'output' }),
      price('20', { unit: 'output', ...above }),
    ];
    expect(costOf(prices, usage({ input: 200_000, output: 100_000 }))).toBe('1.20 priced');
    expect(costOf(prices, usage({ input: 200_001, output: 100_000 }))).toBe('2.40 priced');
  });

  test('is of the service tier that was asked for', () => {
    const prices = [
      price('2'),
      price('1', { serviceTier: 'batch' }),
      price('4', { serviceTier: 'priority' }),
    ];
    const tier = (serviceTier: string | null) => costOf(prices, MILLION, { serviceTier });
    expect([null, 'default', 'auto', 'standard'].map(tier)).toEqual(Array(4).fill('2.00 priced'));
    expect(['batch', 'Priority', 'flex'].map(tier)).toEqual(['1.00 priced', '4.00 priced', '0.00 partial']);
  });

  test("is the region's own, or else that of all regions", () => {
    const prices = [price('1'), price('1.1', { region: 'eu-west-1' })];
    expect(costOf(prices, MILLION, { region: 'eu-west-1' })).toBe('1.10 priced');
    expect(costOf(prices, MILLION, { region: 'us-east-1' })).toBe('1.00 priced');
    expect(costOf(prices, MILLION)).toBe('1.00 priced');
  });

  test('is that of the hours, which may pass midnight', () => {
    const prices = [price('2'), price('1', { daily: { fromSeconds: 22 * 3600, untilSeconds: 6 * 3600 } })];
    expect(costOf(prices, MILLION, at('2026-06-15T21:59:59Z'))).toBe('2.00 priced');
    expect(costOf(prices, MILLION, at('2026-06-15T22:00:00Z'))).toBe('1.00 priced');
    expect(costOf(prices, MILLION, at('2026-06-16T05:59:59Z'))).toBe('1.00 priced');
    expect(costOf(prices, MILLION, at('2026-06-16T06:00:00Z'))).toBe('2.00 priced');
  });

  test("is the project's, then people's, then LiteLLM's, then that of genai-prices", () => {
    const rule = { provider: 'p', model: 'm', match: { starts_with: 'm' }, source: 'genai-prices' } as const;
    const all = [
      price('1', { projectId: PROJECT }),
      price('2'),
      price('3', { source: 'csv' }),
      price('4', { source: 'litellm' }),
      price('5', { source: 'genai-prices' }),
      price('0.5', { projectId: '00000000-0000-7000-8000-000000000002' }),
    ];
    const costs = [0, 1, 2, 3, 4].map((left) => {
      const data = { prices: all.slice(left), models: [rule], providers: [] };
      return formatUsd(PriceBook.load(data).price(question(MILLION)).cost, 0);
    });
    expect(costs).toEqual(['1', '2', '3', '4', '5']);
  });

  test("is never another project's, nor does it show", () => {
    const other = { projectId: '00000000-0000-7000-8000-000000000002' };
    expect(costOf([price('1', other)], MILLION)).toBe('0.00 unpriced');
    const prices = [price('1'), price('12000', { unit: 'requests', ...other })];
    expect(costOf(prices, MILLION)).toBe('1.00 priced');
  });

  test("is people's own of the very name, or else of the model that the name stands for", () => {
    const own = (model: string, usd: string) => price(usd, { provider: 'openai', model });
    const cost = (prices: readonly PriceRow[]) => {
      const data = { ...builtIn, prices: [...builtIn.prices, ...prices] };
      const asked = question(MILLION, { provider: 'openai', model: 'gpt-4o-2024-08-06' });
      return formatUsd(PriceBook.load(data).price(asked).cost, 2);
    };
    expect(cost([])).toBe('2.50');
    expect(cost([own('gpt-4o', '2')])).toBe('2.00');
    expect(cost([own('gpt-4o', '2'), own('gpt-4o-2024-08-06', '1')])).toBe('1.00');
    expect(cost([own('gpt-4', '1')])).toBe('2.50');
  });

  test("is people's own for every length where a list has tiers, and the list's for other units", () => {
    const cost = (used: Usage) => {
      const data = {
        ...builtIn,
        prices: [...builtIn.prices, price('1', { provider: 'google', model: 'gemini-2.5-pro' })],
      };
      const asked = question(used, { provider: 'google', model: 'gemini-2.5-pro' });
      return formatUsd(PriceBook.load(data).price(asked).cost, 2);
    };
    expect(cost(MILLION)).toBe('1.00');
    expect(cost(usage({ input: 1_000_000, cachedInput: 1_000_000 }))).toBe('0.25');
  });

  test('a name that only looks like an id of a list with rules has no price', () => {
    const labels = book.price(
      question(MILLION, { provider: 'aws', model: 'regional.anthropic.claude-opus-5' }),
    );
    expect(labels.pricing).toBe('unpriced');
  });
});

describe('list cost and cost', () => {
  const discounts = new Map([[PROJECT, 1250]]);
  const list = price('10', { source: 'litellm' });

  test('differ by the discount of the project', () => {
    const priced = bookOf([list], discounts).price(question(MILLION));
    expect([priced.cost, priced.listCost].map((cost) => formatUsd(cost, 2))).toEqual(['8.75', '10.00']);
    const other = bookOf([list], discounts).price(
      question(MILLION, { projectId: '00000000-0000-7000-8000-000000000002' }),
    );
    expect(formatUsd(other.cost, 2)).toBe('10.00');
  });

  test("differ by people's own price, which the discount lowers unless it is the project's", () => {
    const costs = (own: PriceRow) => {
      const { cost, listCost } = bookOf([list, own], discounts).price(question(MILLION));
      return [cost, listCost].map((money) => formatUsd(money, 2));
    };
    expect(costs(price('8'))).toEqual(['7.00', '10.00']);
    expect(costs(price('8', { projectId: PROJECT }))).toEqual(['8.00', '10.00']);
  });

  test('are the same without a list price', () => {
    const { cost, listCost, parts } = bookOf([price('8')]).price(question(MILLION));
    expect(listCost).toBe(cost);
    expect(parts[0]?.listPrice).toBeNull();
  });
});

test('the total is rounded once, half to even', () => {
  // 3 parts of 0.00000000005 USD: rounded alone each would be 0.
  const prices = [
    price('0.00005'),
    price('0.00005', { unit: 'output' }),
    price('0.00005', { unit: 'reasoning' }),
  ];
  const { cost } = bookOf(prices).price(question(usage({ input: 1, output: 2, reasoning: 1 })));
  expect(formatUsd(cost, 12)).toBe('0.000000000200');
});

test('each part says which price applied and why', () => {
  const prices = [
    price('2', { aboveInputTokens: 10, validFrom: new Date('2026-01-01'), projectId: PROJECT, region: 'eu' }),
    price('9', { unit: 'output' }),
  ];
  const asked = question(usage({ input: 20, cachedInput: 5, output: 1 }, { output_audio: 1 }), {
    region: 'eu',
  });
  const { parts } = bookOf(prices).price(asked);
  expect(parts.map((part) => explainPart(part, asked))).toEqual([
    "own price of p/m; the project's own price; for region eu; 20 input tokens are more than 10; valid from 2026-01-01T00:00:00.000Z",
    "own price of p/m; cached_input has no price of its own and is billed as input; the project's own price; for region eu; 20 input tokens are more than 10; valid from 2026-01-01T00:00:00.000Z",
    'no price of output_audio applies to this model at this time in service tier standard',
  ]);
});

describe('properties', () => {
  const KINDS = ['input', 'cachedInput', 'cacheWrite5m', 'cacheWrite1h', 'output', 'reasoning'] as const;
  type Parts = Record<(typeof KINDS)[number], number>;

  /** A usage of parts that do not overlap. */
  const usageOf = (parts: Parts): Usage =>
    usage({
      ...parts,
      input: parts.input + parts.cachedInput + parts.cacheWrite5m + parts.cacheWrite1h,
      output: parts.output + parts.reasoning,
    });
  const counts = fc.nat(300_000);
  const PARTS: fc.Arbitrary<Parts> = fc.record({
    input: counts,
    cachedInput: counts,
    cacheWrite5m: counts,
    cacheWrite1h: counts,
    output: counts,
    reasoning: counts,
  });

  /** Names with prices in the package: some with tiers, some without. */
  const MODELS: readonly (readonly [provider: string, model: string])[] = [
    ['openai', 'gpt-4o'],
    ['openai', 'o3'],
    ['anthropic', 'claude-opus-4-1'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['google', 'gemini-2.5-pro'],
    ['x-ai', 'grok-4.5'],
    ['perplexity', 'sonar-deep-research'],
    ['deepseek', 'deepseek-v4-pro'],
  ];
  const MODEL = fc.constantFrom(...MODELS);

  test('cost is monotone in each kind of token', () => {
    fc.assert(
      fc.property(
        MODEL,
        PARTS,
        fc.constantFrom(...KINDS),
        fc.integer({ min: 1, max: 200_000 }),
        ([provider, model], parts, kind, more) => {
          const cost = (of: Parts) => exactCost(book.price(question(usageOf(of), { provider, model })).parts);
          expect(cost({ ...parts, [kind]: parts[kind] + more })).toBeGreaterThanOrEqual(cost(parts));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('splitting a usage changes nothing, where the price does not depend on the length', () => {
    const flat = MODELS.filter(
      ([provider, model]) =>
        !builtIn.prices.some(
          (row) => row.provider === provider && row.model === model && row.aboveInputTokens > 0,
        ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...flat), PARTS, PARTS, ([provider, model], first, second) => {
        const cost = (of: Parts) => exactCost(book.price(question(usageOf(of), { provider, model })).parts);
        const whole = Object.fromEntries(KINDS.map((kind) => [kind, first[kind] + second[kind]])) as Parts;
        expect(cost(whole)).toBe(cost(first) + cost(second));
      }),
      { numRuns: 500 },
    );
  });

  test('the parts add up to the tokens', () => {
    fc.assert(
      fc.property(PARTS, (parts) => {
        const used = usageOf(parts);
        const priced = book.price(question(used, { provider: 'openai', model: 'gpt-4o' }));
        const sum = priced.parts.reduce((total, { count }) => total + count, 0);
        expect(sum).toBe(used.tokens.input + used.tokens.output);
      }),
    );
  });
});

test('a book answers the same whatever it was asked before: of other times, projects and models', () => {
  const day = (number: number) => new Date(Date.UTC(2026, 0, number));
  const prices = [
    price('1', { validFrom: day(5), validUntil: day(10) }),
    price('2', { validFrom: day(10) }),
    price('3', { validFrom: day(7), validUntil: day(9), projectId: PROJECT, unit: 'output' }),
    price('4', { model: 'n', validFrom: day(8) }),
  ];
  const asked = fc.record({
    at: fc.integer({ min: 4, max: 11 }).map(day),
    model: fc.constantFrom('m', 'n'),
    projectId: fc.constantFrom(PROJECT, 'another'),
  });
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 20 }), (questions) => {
      const used = usage({ input: 10, output: 10 });
      const kept = bookOf(prices);
      for (const one of questions) {
        expect(kept.price(question(used, one))).toEqual(bookOf(prices).price(question(used, one)));
      }
    }),
  );
});

test('many names do not fill the memory, and a name is priced the same again', () => {
  const cost = (model: string) => book.price(question(MILLION, { provider: 'openai', model })).pricing;
  for (let index = 0; index < 10_100; index++) cost(`made-up-${index}`);
  expect(cost('gpt-4o')).toBe('priced');
  expect(cost('made-up-1')).toBe('unpriced');
});

test('a rule with a wrong expression fails at load', () => {
  const models = [{ provider: 'p', model: 'm', match: { regex: '(' }, source: 'own' as const }];
  expect(() => PriceBook.load({ prices: [], models, providers: [] })).toThrow(SyntaxError);
});
