import type { Random } from '../simulation/random';

/** A model of the demo and how it is used. */
export interface DemoModel {
  readonly provider: string;
  readonly model: string;
  /** Share of the requests, relative to the others. */
  readonly weight: number;
  /** Median of input and output tokens. */
  readonly tokens: readonly [input: number, output: number];
  /** Median time of an answer, ms. */
  readonly latencyMs: number;
  /** The provider's usage object; null where only token counts are known, as of a server of one's own. */
  readonly usage: ((tokens: DemoTokens) => Record<string, unknown>) | null;
}

/** Tokens of one request. */
export interface DemoTokens {
  /** All input tokens. */
  readonly input: number;
  /** Those of them that were read from the provider's cache. */
  readonly cached: number;
  readonly output: number;
}

/** A model of the team's own that no price book knows: its requests are unpriced until somebody enters a price. */
export const UNPRICED_MODEL = { provider: 'house', model: 'house-chat-7b' } as const;

/** A model with prices of the demo's own, which change in the middle of the 30 days. USD a million. */
export const REPRICED_MODEL = {
  ...{ provider: 'acme', model: 'acme-chat-large' },
  before: { input: '4', output: '16' },
  after: { input: '2.5', output: '10' },
} as const;

/** The provider with the outage. */
export const FAILING_PROVIDER = 'anthropic';

export const DEMO_MODELS: readonly DemoModel[] = [
  openai('gpt-5-mini', { weight: 28, tokens: [900, 320], latencyMs: 1800 }),
  openai('gpt-4o-mini', { weight: 22, tokens: [600, 220], latencyMs: 900 }),
  anthropic('claude-sonnet-4-5', { weight: 14, tokens: [1800, 450], latencyMs: 3200 }),
  anthropic('claude-haiku-4-5', { weight: 14, tokens: [700, 260], latencyMs: 1100 }),
  {
    ...{ provider: 'openai', model: 'text-embedding-3-small', weight: 14, tokens: [350, 0], latencyMs: 120 },
    usage: ({ input }) => ({ prompt_tokens: input, total_tokens: input }),
  },
  { ...own(REPRICED_MODEL), weight: 5, tokens: [1200, 400], latencyMs: 2100 },
  { ...own(UNPRICED_MODEL), weight: 3, tokens: [500, 180], latencyMs: 1500 },
];

type Use = Pick<DemoModel, 'weight' | 'tokens' | 'latencyMs'>;

function openai(model: string, use: Use): DemoModel {
  return {
    ...{ ...use, provider: 'openai', model },
    usage: ({ input, cached, output }) => ({
      ...{ prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
      prompt_tokens_details: { cached_tokens: cached },
    }),
  };
}

function anthropic(model: string, use: Use): DemoModel {
  return {
    ...{ ...use, provider: 'anthropic', model },
    usage: ({ input, cached, output }) => ({
      // Anthropic counts what it read from its cache apart.
      ...{ input_tokens: input - cached, cache_read_input_tokens: cached, output_tokens: output },
      cache_creation_input_tokens: 0,
    }),
  };
}

function own({ provider, model }: { readonly provider: string; readonly model: string }) {
  return { provider, model, usage: null };
}

const TOTAL_WEIGHT = DEMO_MODELS.reduce((sum, { weight }) => sum + weight, 0);

/** A model by chance and weight. */
export function pickModel(random: Random): DemoModel {
  let left = random() * TOTAL_WEIGHT;
  for (const model of DEMO_MODELS) {
    left -= model.weight;
    if (left < 0) return model;
  }
  return DEMO_MODELS[0] as DemoModel;
}
