import type { BilledUnit } from './billed-units';
import { divideHalfEven, type PicoUsd } from './money';
import { LIST_SOURCES, type PriceRow } from './price-row';
import type { CostPart } from './priced';
import type { ModelPrices, PriceConditions } from './select-price';

/** Decimals of an unrounded cost: 12 of a price, 6 of a million units, 4 of a discount. */
export const EXACT_DECIMALS = 22;

/** 10^-22 USD in 10^-10 USD, which a cost is rounded to. */
const EXACT_PER_COST_UNIT = 10n ** 12n;

/** 10^-12 USD in 10^-10 USD. */
const PICO_PER_COST_UNIT = 100n;

/** A whole price, without discount. */
const ALL_BASIS_POINTS = 10_000n;

/** Seconds of audio that Groq bills at least. */
const GROQ_LEAST_SECONDS = 10;

/** Where the price of a part is looked for. */
export interface PriceSearch {
  /** The model's. */
  readonly prices: ModelPrices;
  /** What the price has to be for. */
  readonly conditions: PriceConditions;
  /** The project's, hundredths of a percent. */
  readonly discount: number;
}

/** What one part of a usage costs. @param names units whose price may stand for it, the best first */
export function costPart(
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

function exactCostOf(count: number, price: PriceRow | null, discountBasisPoints: number): bigint {
  if (price === null) return 0n;
  return BigInt(count) * price.usdPerMillion * (ALL_BASIS_POINTS - BigInt(discountBasisPoints));
}

/** The sum of unrounded costs, rounded once, half to even, to ten decimals. */
export function roundCost(exactCosts: readonly bigint[]): PicoUsd {
  const exact = exactCosts.reduce((sum, cost) => sum + cost, 0n);
  return divideHalfEven(exact, EXACT_PER_COST_UNIT) * PICO_PER_COST_UNIT;
}
