import { type CostItem, DRIVERS, type Driver, type PerScenario, perScenario } from './item';
import { productOf } from './prices/find-product';
import type { PriceTables } from './prices/price-table';

/** An item with what it costs a month, USD; null where there is no price. */
export interface CostLine extends CostItem {
  /** Unit of quantity and price. */
  readonly unit: string;
  /** Price of a unit, USD; null where the table has none. */
  readonly usdPerUnit: number | null;
  /** Where the price was seen. */
  readonly source: string | null;
  /** USD a month; null where there is no price. */
  readonly usd: PerScenario | null;
}

/** Costs of a stack by one driver, USD a month. */
export interface Subtotal {
  /** Stack that the costs belong to, or `Kubernetes`. */
  readonly stack: string;
  /** What makes these costs grow. */
  readonly driver: Driver;
  /** USD a month, without the lines that have no price. */
  readonly usd: PerScenario;
  /** Lines without a price, which the sum lacks. */
  readonly unpriced: number;
}

/** Prices every item by the table of its region. */
export function priceItems(items: readonly CostItem[], tables: PriceTables): CostLine[] {
  return items.map((item) => {
    const price = tables(item.region).prices[item.priceKey];
    const usdPerUnit = price?.usd ?? null;
    return {
      ...item,
      unit: productOf(item.priceKey)?.unit ?? 'unit',
      usdPerUnit,
      source: price?.source ?? null,
      usd: usdPerUnit === null ? null : perScenario((scenario) => item.quantity[scenario] * usdPerUnit),
    };
  });
}

/** Whether an item has a quantity in any scenario. */
export function isPresent({ quantity }: CostItem): boolean {
  return quantity.low > 0 || quantity.expected > 0 || quantity.peak > 0;
}

export function totalOf(lines: readonly CostLine[]): PerScenario {
  return perScenario((scenario) => lines.reduce((sum, { usd }) => sum + (usd?.[scenario] ?? 0), 0));
}

/** Subtotals in the order of the stacks, then of the drivers; only where there are lines. */
export function subtotalsOf(lines: readonly CostLine[]): Subtotal[] {
  const stacks = [...new Set(lines.map(({ stack }) => stack))];
  return stacks.flatMap((stack) =>
    DRIVERS.flatMap((driver) => {
      const own = lines.filter((line) => line.stack === stack && line.driver === driver);
      if (own.length === 0) return [];
      return [{ stack, driver, usd: totalOf(own), unpriced: unpricedLines(own).length }];
    }),
  );
}

/** Lines of the same stack, service and driver as one, dearest first by the expected load. */
export function rankedLines(lines: readonly CostLine[]): CostLine[] {
  const merged = new Map<string, CostLine>();
  for (const line of lines) {
    const key = [line.stack, line.service, line.driver, line.priceKey].join('|');
    const before = merged.get(key);
    merged.set(key, before === undefined ? line : merge(before, line));
  }
  return [...merged.values()].sort((one, other) => (other.usd?.expected ?? 0) - (one.usd?.expected ?? 0));
}

/** Lines that no price was found for, merged like the ranked ones. */
export function unpricedLines(lines: readonly CostLine[]): CostLine[] {
  return rankedLines(lines).filter(({ usd }) => usd === null);
}

function merge(one: CostLine, other: CostLine): CostLine {
  const sum = (a: PerScenario, b: PerScenario) => perScenario((scenario) => a[scenario] + b[scenario]);
  return {
    ...one,
    resource: `${one.resource}, ${other.resource}`,
    quantity: sum(one.quantity, other.quantity),
    usd: one.usd && other.usd ? sum(one.usd, other.usd) : null,
  };
}
