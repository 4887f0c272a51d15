import { type ConditionalPrice, type ModelPrice, type Provider, waitForUpdate } from '@pydantic/genai-prices';
import type { MatchRule } from './match-rule';
import type { ModelRule, ProviderRule } from './model-names';
import { divideHalfEven, type PicoUsd, parseUsd } from './money';
import { type DailyWindow, type PriceRow, SINCE_EVER, STANDARD_TIER } from './price-row';

/** Units of a price in a `PriceRow`. */
const MILLION = 1_000_000n;

/** What a price key of the package is for. */
interface PricedUnit {
  /** Our unit. */
  readonly unit: string;
  /** Units that the package's price is for. */
  readonly per: bigint;
}

/** Price keys of genai-prices. */
const PRICE_KEYS: Readonly<Record<string, PricedUnit>> = {
  ...perMillion({
    input_mtok: 'input',
    output_mtok: 'output',
    cache_read_mtok: 'cached_input',
    cache_write_mtok: 'cache_write_5m',
    cache_write_5m_mtok: 'cache_write_5m',
    cache_write_1h_mtok: 'cache_write_1h',
    output_reasoning_mtok: 'reasoning',
    output_citation_mtok: 'output_citation',
    input_audio_mtok: 'input_audio',
    input_image_mtok: 'input_image',
    input_video_mtok: 'input_video',
    cache_audio_read_mtok: 'cached_input_audio',
    cache_image_read_mtok: 'cached_input_image',
    cache_video_read_mtok: 'cached_input_video',
    output_audio_mtok: 'output_audio',
    output_image_mtok: 'output_image',
    output_video_mtok: 'output_video',
    input_mchars: 'characters',
  }),
  audio_hours: { unit: 'audio_seconds', per: 3600n },
  input_audio_hours: { unit: 'input_audio_seconds', per: 3600n },
  output_audio_hours: { unit: 'output_audio_seconds', per: 3600n },
  input_document_kpages: { unit: 'document_pages', per: 1000n },
  input_annotated_document_kpages: { unit: 'annotated_document_pages', per: 1000n },
  web_searches_kcount: { unit: 'web_searches', per: 1000n },
  storage_searches_kcount: { unit: 'storage_searches', per: 1000n },
  social_searches_kcount: { unit: 'social_searches', per: 1000n },
  rerank_searches_kcount: { unit: 'rerank_searches', per: 1000n },
  code_executions_kcount: { unit: 'code_executions', per: 1000n },
  requests_kcount: { unit: 'requests', per: 1000n },
  input_text_messages_kcount: { unit: 'text_messages', per: 1000n },
  input_gpixels: { unit: 'pixels', per: 1_000_000_000n },
};

/** The prices, and the names of models and providers, that came with this build. */
export interface BuiltInPrices {
  readonly prices: readonly PriceRow[];
  readonly models: readonly ModelRule[];
  readonly providers: readonly ProviderRule[];
  /** Price keys of the package that have no unit here, `provider/model key`. */
  readonly unknown: readonly string[];
}

/** Prices of the pinned `@pydantic/genai-prices`, converted to exact decimals. */
export async function builtInPrices(): Promise<BuiltInPrices> {
  return convertProviders((await waitForUpdate()) ?? []);
}

/** Converts the package's providers; the same input gives the same rows in the same order. */
export function convertProviders(providers: readonly Provider[]): BuiltInPrices {
  const models = providers.flatMap((provider) => provider.models.map((model) => ({ provider, model })));
  const converted = models.map(({ provider, model }) => ({
    name: { provider: provider.id, model: model.id },
    match: model.match as MatchRule,
    sets: priceSets(Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }]),
  }));
  return {
    prices: converted.flatMap(({ name, sets }) => sets.flatMap((set) => rowsOf(name, set))),
    models: converted.map(({ name, match }) => ({ ...name, match, source: 'genai-prices' })),
    providers: providers.map(({ id, provider_match, model_match, fallback_model_providers }) => ({
      id,
      match: provider_match as MatchRule | undefined,
      modelMatch: model_match as MatchRule | undefined,
      fallbackProviders: fallback_model_providers,
    })),
    unknown: converted.flatMap(({ name, sets }) =>
      sets.flatMap(({ prices }) =>
        Object.keys(prices)
          .filter((key) => !(key in PRICE_KEYS))
          .map((key) => `${name.provider}/${name.model} ${key}`),
      ),
    ),
  };
}

/** Prices of a model that apply for the same time. */
interface PriceSet {
  readonly prices: ModelPrice;
  readonly validFrom: Date;
  readonly validUntil: Date | null;
  readonly daily: DailyWindow | null;
}

/**
 * The times of a model's prices. In the package each set with a start date replaces the one before it, and a set with a
 * time of day comes after the date that it belongs to. The package's own look-up forgets that date: it applies
 * DeepSeek's peak prices of August 2026 to earlier requests too, as its comments say. Here they begin with the date.
 */
function priceSets(conditional: readonly ConditionalPrice[]): PriceSet[] {
  const starts = conditional.map(({ constraint }) =>
    constraint?.type === 'start_date' ? new Date(constraint.start_date) : undefined,
  );
  let validFrom = SINCE_EVER;
  return conditional.map(({ prices, constraint }, index) => {
    // A first set applies to all times before the second, whatever its own date.
    if (index > 0) validFrom = starts[index] ?? validFrom;
    const validUntil = starts.slice(index + 1).find((start) => start !== undefined) ?? null;
    const daily =
      constraint?.type === 'time_of_date'
        ? {
            fromSeconds: secondsOfDay(constraint.start_time),
            untilSeconds: secondsOfDay(constraint.end_time),
          }
        : null;
    return { prices, validFrom, validUntil, daily };
  });
}

/** Seconds after midnight UTC of a time such as 16:30:00Z or 00:30:00+08:00. */
function secondsOfDay(time: string): number {
  return (((Date.parse(`1970-01-01T${time}`) / 1000) % 86_400) + 86_400) % 86_400;
}

function rowsOf(name: { provider: string; model: string }, { prices, ...times }: PriceSet): PriceRow[] {
  const row = (unit: string, aboveInputTokens: number, usdPerMillion: PicoUsd): PriceRow => ({
    ...name,
    unit,
    serviceTier: STANDARD_TIER,
    region: '',
    aboveInputTokens,
    usdPerMillion,
    ...times,
    source: 'genai-prices',
    projectId: null,
  });
  // A name that ends with ":free" is a price of 0. Other models without prices have a price that the package lacks
  // (by the song, by subscription), so they stay unpriced.
  if (Object.keys(prices).length === 0 && name.model.endsWith(':free')) {
    return [row('input', 0, 0n), row('output', 0, 0n)];
  }
  return Object.entries(prices).flatMap(([key, price]) => {
    const priced = PRICE_KEYS[key];
    if (priced === undefined || price === undefined) return [];
    const tiers = typeof price === 'number' ? [] : price.tiers;
    const base = typeof price === 'number' ? price : price.base;
    return [{ start: 0, price: base }, ...tiers].map((tier) =>
      row(priced.unit, tier.start, perMillionUnits(tier.price, priced.per)),
    );
  });
}

/**
 * A price of the package as an exact decimal. Its numbers are floats of published decimals: twelve decimals give the
 * published one back and drop what float arithmetic left (0.18000000000000002). An hour's price divided by 3600 need
 * not be a finite decimal; it is rounded to the same twelve.
 */
function perMillionUnits(price: number, per: bigint): PicoUsd {
  return divideHalfEven((parseUsd(price.toFixed(12)) ?? 0n) * MILLION, per);
}

function perMillion(units: Readonly<Record<string, string>>): Record<string, PricedUnit> {
  return Object.fromEntries(Object.entries(units).map(([key, unit]) => [key, { unit, per: MILLION }]));
}
