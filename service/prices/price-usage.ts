import type { Usage } from '../usage/token-usage';
import { TOKEN_UNITS } from '../usage/units';
import { type BilledUnit, billedUnits } from './billed-units';
import { ModelNames, type ModelRule, normalizeName, type ProviderRule } from './model-names';
import { divideHalfEven, type PicoUsd } from './money';
import { LIST_SOURCES, type PriceRow, STANDARD_TIER } from './price-row';
import { type ModelPrices, type PriceConditions, PriceIndex } from './select-price';

/** `priced`: all of the usage; `partial`: the model has prices, but not for all of it; `unpriced`: it has none. */
export type Pricing = 'priced' | 'partial' | 'unpriced';

/** What one billed unit of a request costs, and by which price. */
export interface CostPart {
  /** Billed unit, such as `cached_input`. */
  readonly unit: string;
  /** Units that are billed, above 0; no unit is counted in two parts. */
  readonly count: number;
  /** The price that applied; null where the model has none for the unit. */
  readonly price: PriceRow | null;
  /** The public list's price of the unit; null where only `price` is known or none is. */
  readonly listPrice: PriceRow | null;
  /** The project's discount on `price`, hundredths of a percent; 0 for a price of the project's own. */
  readonly discountBasisPoints: number;
  /** Unrounded, whole number of 10^-22 USD; 0 without a price. */
  readonly exactCost: bigint;
  /** Unrounded cost by the list price without discount, whole number of 10^-22 USD. */
  readonly exactListCost: bigint;
  /** The rule that led from the model's name to `price`; null without one. */
  readonly rule: string | null;
}

/** What a request costs. */
export interface Priced {
  /** By public list prices, rounded to ten decimals of a USD. */
  readonly listCost: PicoUsd;
  /** By the prices that people pay, less the project's discount, rounded to ten decimals of a USD. */
  readonly cost: PicoUsd;
  readonly pricing: Pricing;
  /** The rule that led from the model's name to a price; null where the request is unpriced. */
  readonly rule: string | null;
  readonly parts: readonly CostPart[];
}

/** A request to price. */
export interface PriceQuestion {
  /** As the sender calls it, such as `openai` or `bedrock`. */
  readonly provider: string;
  /** As the sender calls it, such as `gpt-4o-2024-08-06`. */
  readonly model: string;
  /** Time of the request. */
  readonly at: Date;
  readonly usage: Usage;
  /** Null for the provider's standard service. */
  readonly serviceTier: string | null;
  /** Null where unknown. */
  readonly region: string | null;
  readonly projectId: string;
}

/** What a price book is made of. */
export interface PriceData {
  readonly prices: readonly PriceRow[];
  readonly models: readonly ModelRule[];
  readonly providers: readonly ProviderRule[];
  /**
   * Discounts of projects by project id, hundredths of a percent between 0 and 10000.
   * @default - no project has one
   */
  readonly discounts?: ReadonlyMap<string, number>;
}

/** Decimals of an unrounded cost: 12 of a price, 6 of a million units, 4 of a discount. */
export const EXACT_DECIMALS = 22;

/** 10^-22 USD in 10^-10 USD, which a cost is rounded to. */
const EXACT_PER_COST_UNIT = 10n ** 12n;

/** 10^-12 USD in 10^-10 USD. */
const PICO_PER_COST_UNIT = 100n;

/** A whole price, without discount. */
const ALL_BASIS_POINTS = 10_000n;

/** Names that providers give to their standard service. */
const STANDARD_NAMES: ReadonlySet<string> = new Set(['', 'auto', 'default', 'on_demand', STANDARD_TIER]);

/** Seconds of audio that Groq bills at least. */
const GROQ_LEAST_SECONDS = 10;

/** Names of models that are remembered; a sender who makes up names must not fill the memory. */
const MAX_REMEMBERED_NAMES = 10_000;

/** Prices and rules at one moment, in memory. It never changes: new prices make a new book. */
export class PriceBook {
  private readonly names: ModelNames;
  private readonly index: PriceIndex;
  private readonly discounts: ReadonlyMap<string, number>;
  private readonly remembered = new Map<string, Map<string, ModelPrices>>();
  private rememberedNames = 0;

  private constructor({ prices, models, providers, discounts = new Map() }: PriceData) {
    this.names = new ModelNames(providers, models);
    this.index = new PriceIndex(
      prices.map((row) => ({
        ...row,
        provider: normalizeName(row.provider),
        model: normalizeName(row.model),
      })),
    );
    this.discounts = discounts;
  }

  /** A book of these prices. @throws SyntaxError where a rule has a wrong regular expression */
  static load(data: PriceData): PriceBook {
    return new PriceBook(data);
  }

  /** What a request costs, and why. */
  price(question: PriceQuestion): Priced {
    const { usage, at, projectId } = question;
    const prices = this.pricesOf(question.provider, question.model);
    const conditions: PriceConditions = {
      at,
      inputTokens: usage.tokens.input,
      serviceTier: serviceTierOf(question.serviceTier),
      region: question.region ?? '',
      projectId,
    };
    const priced = prices.unitsAt(at);
    const discount = this.discounts.get(projectId) ?? 0;
    const parts = withRequests(billableUnits(billedUnits(usage), priced), priced).map((billed) =>
      costPart(billed, substitutes(billed.unit, priced), { prices, conditions, discount }),
    );
    return {
      listCost: roundCost(parts.map(({ exactListCost }) => exactListCost)),
      cost: roundCost(parts.map(({ exactCost }) => exactCost)),
      pricing: pricingOf(parts, priced),
      rule: parts.find(({ rule }) => rule !== null)?.rule ?? (priced.size > 0 ? prices.rule : null),
      parts,
    };
  }

  private pricesOf(provider: string, model: string): ModelPrices {
    const known = this.remembered.get(provider)?.get(model);
    if (known) return known;
    const found = this.index.pricesOf(this.names.candidates(provider, model));
    if (this.rememberedNames >= MAX_REMEMBERED_NAMES) {
      this.remembered.clear();
      this.rememberedNames = 0;
    }
    const ofProvider = this.remembered.get(provider) ?? new Map<string, ModelPrices>();
    this.remembered.set(provider, ofProvider.set(model, found));
    this.rememberedNames += 1;
    return found;
  }
}

/** Where the price of a part is looked for. */
interface PriceSearch {
  readonly prices: ModelPrices;
  readonly conditions: PriceConditions;
  /** The project's, hundredths of a percent. */
  readonly discount: number;
}

/** What one part of a usage costs. @param names units whose price may stand for it, the best first */
function costPart(
  used: BilledUnit,
  names: readonly string[],
  { prices, conditions, discount }: PriceSearch,
): CostPart {
  const selected = firstOf(names, (name) => prices.select(name, conditions));
  const price = selected?.row ?? null;
  // Without the project no price of its own applies, and a discount is no list price either.
  const list =
    price !== null && LIST_SOURCES.includes(price.source) && price.projectId === null
      ? price
      : (firstOf(names, (name) => prices.select(name, { ...conditions, projectId: '' }, LIST_SOURCES))?.row ??
        null);
  const discountBasisPoints = price?.projectId === null ? discount : 0;
  const { unit } = used;
  const count = Math.max(used.count, leastCount(unit, price));
  return {
    unit,
    count,
    price,
    listPrice: list,
    discountBasisPoints,
    exactCost: exactCostOf(count, price, discountBasisPoints),
    exactListCost: exactCostOf(count, list ?? price, 0),
    rule: selected?.candidate.rule ?? null,
  };
}

/**
 * Units that a provider bills at least. Groq bills ten seconds of audio for a shorter recording.
 *
 * Source: groq.com/pricing ("a minimum charge of 10 seconds")
 */
function leastCount(unit: string, price: PriceRow | null): number {
  return price?.provider === 'groq' && unit.endsWith('audio_seconds') ? GROQ_LEAST_SECONDS : 0;
}

function firstOf<T, R>(values: readonly T[], choose: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = choose(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The units whose price may stand for a unit's, the best first. Only a price list's own meaning is used: cached input
 * without a price of its own is input, reasoning is output. Audio is never priced as text, and an hour's cache write
 * never as one of five minutes, which costs less.
 */
function substitutes(unit: string, priced: ReadonlySet<string>): readonly string[] {
  const modality = /^cached_input_(audio|image|video)$/.exec(unit)?.[1];
  if (modality !== undefined) {
    const isApart = modality === 'audio' || priced.has(`input_${modality}`);
    return [unit, ...(isApart ? [`input_${modality}`] : ['cached_input', 'input'])];
  }
  if (unit === 'cache_write_1h') return priced.has('cache_write_5m') ? [unit] : [unit, 'input'];
  const substitute = SUBSTITUTES[unit];
  return substitute === undefined ? [unit] : [unit, substitute];
}

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

/** Without the tokens of a model that is billed by something else, such as the seconds of a recording. */
function billableUnits(billed: readonly BilledUnit[], priced: ReadonlySet<string>): readonly BilledUnit[] {
  const hasTokenPrice = TOKEN_UNITS.some((unit) => priced.has(unit));
  const hasOther = billed.some(({ unit }) => substitutes(unit, priced).some((name) => priced.has(name)));
  return hasTokenPrice || !hasOther ? billed : billed.filter(({ unit }) => !TOKEN_UNITS.includes(unit));
}

/** With the request itself, where the model has a price for it and the usage does not count requests. */
function withRequests(billed: readonly BilledUnit[], priced: ReadonlySet<string>): readonly BilledUnit[] {
  const isCounted = billed.some(({ unit }) => unit === 'requests');
  return priced.has('requests') && !isCounted ? [...billed, { unit: 'requests', count: 1 }] : billed;
}

function serviceTierOf(name: string | null): string {
  const tier = normalizeName(name ?? '');
  return STANDARD_NAMES.has(tier) ? STANDARD_TIER : tier;
}

function exactCostOf(count: number, price: PriceRow | null, discountBasisPoints: number): bigint {
  if (price === null) return 0n;
  return BigInt(count) * price.usdPerMillion * (ALL_BASIS_POINTS - BigInt(discountBasisPoints));
}

/** The sum of unrounded costs, rounded once, half to even, to ten decimals. */
function roundCost(exactCosts: readonly bigint[]): PicoUsd {
  const exact = exactCosts.reduce((sum, cost) => sum + cost, 0n);
  return divideHalfEven(exact, EXACT_PER_COST_UNIT) * PICO_PER_COST_UNIT;
}

function pricingOf(parts: readonly CostPart[], priced: ReadonlySet<string>): Pricing {
  if (priced.size === 0) return 'unpriced';
  return parts.every(({ price }) => price !== null) ? 'priced' : 'partial';
}
