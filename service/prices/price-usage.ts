import { billedUnits } from './billed-units';
import { costPart, roundCost } from './cost-part';
import { ModelNames, type ModelRule, normalizeName, type ProviderRule } from './model-names';
import { type PriceRow, STANDARD_TIER } from './price-row';
import type { CostPart, Priced, PriceQuestion, Pricing } from './priced';
import { type ModelPrices, type PriceConditions, PriceIndex } from './select-price';
import { billableUnits, substitutes, withRequests } from './unit-substitutes';

export { EXACT_DECIMALS } from './cost-part';
export type { CostPart, Priced, PriceQuestion, Pricing } from './priced';

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

/** Names that providers give to their standard service. */
const STANDARD_NAMES: ReadonlySet<string> = new Set(['', 'auto', 'default', 'on_demand', STANDARD_TIER]);

/** Names of models that are remembered; a sender who makes up names must not fill the memory. */
const MAX_REMEMBERED_NAMES = 10_000;

/** Prices and rules at one moment, in memory. It never changes: new prices make a new book. */
export class PriceBook {
  private readonly names: ModelNames;
  private readonly index: PriceIndex;
  private readonly discounts: ReadonlyMap<string, number>;
  private readonly remembered = new Map<string, Map<string, ModelPrices>>();
  private rememberedNames = 0;

  /** Models with a price, as their providers call them. */
  readonly models: readonly Pick<ModelRule, 'provider' | 'model'>[];

  private constructor({ prices, models, providers, discounts = new Map() }: PriceData) {
    this.models = models;
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
    const priced = prices.unitsAt(at, projectId);
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

function serviceTierOf(name: string | null): string {
  if (name === null) return STANDARD_TIER;
  const tier = normalizeName(name);
  return STANDARD_NAMES.has(tier) ? STANDARD_TIER : tier;
}

function pricingOf(parts: readonly CostPart[], priced: ReadonlySet<string>): Pricing {
  if (priced.size === 0) return 'unpriced';
  return parts.every(({ price }) => price !== null) ? 'priced' : 'partial';
}
