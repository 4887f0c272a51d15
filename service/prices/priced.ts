import type { Usage } from '../usage/token-usage';
import type { PicoUsd } from './money';
import type { PriceRow } from './price-row';

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
