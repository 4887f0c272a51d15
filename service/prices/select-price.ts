import type { Candidate } from './model-names';
import { type DailyWindow, PRICE_SOURCES, type PriceRow, type PriceSource } from './price-row';

/** What a price has to be for. */
export interface PriceConditions {
  readonly candidates: readonly Candidate[];
  readonly at: Date;
  /** All input tokens of the request; prices can depend on their number. */
  readonly inputTokens: number;
  readonly serviceTier: string;
  /** Empty where unknown. */
  readonly region: string;
  readonly projectId: string;
}

/** A price that applies, and the name that led to it. */
export interface SelectedPrice {
  readonly row: PriceRow;
  readonly candidate: Candidate;
}

/** Prices by provider, model and unit. */
export class PriceIndex {
  private readonly rows = new Map<string, Map<string, PriceRow[]>>();

  constructor(rows: Iterable<PriceRow>) {
    for (const row of rows) {
      const key = keyOf(row);
      const units = this.rows.get(key) ?? new Map<string, PriceRow[]>();
      const ofUnit = units.get(row.unit) ?? [];
      ofUnit.push(row);
      this.rows.set(key, units.set(row.unit, ofUnit));
    }
  }

  /** Units that the candidates have any price for at a time, in whatever tier or region. */
  unitsAt(candidates: readonly Candidate[], at: Date): ReadonlySet<string> {
    const found = new Set<string>();
    for (const candidate of candidates) {
      for (const [unit, rows] of this.rows.get(keyOf(candidate)) ?? []) {
        if (rows.some((row) => isFor(candidate, row) && isValidAt(row, at))) found.add(unit);
      }
    }
    return found;
  }

  /**
   * The price of a unit. Among those that apply the first of this order wins: the project's own, the stronger source,
   * the closer name, the region's own, the tier with the longest input, the daily window, the latest.
   * @param sources whose prices are asked for
   * @returns undefined where none applies
   */
  select(
    unit: string,
    conditions: PriceConditions,
    sources: readonly PriceSource[] = PRICE_SOURCES,
  ): SelectedPrice | undefined {
    let best: SelectedPrice | undefined;
    for (const candidate of conditions.candidates) {
      for (const row of this.rows.get(keyOf(candidate))?.get(unit) ?? []) {
        if (!sources.includes(row.source) || !isFor(candidate, row) || !applies(row, conditions)) continue;
        if (best === undefined || compare(row, best.row) > 0) best = { row, candidate };
      }
    }
    return best;
  }
}

/** Above 0 where `a` wins over `b`, 0 where the closer name decides. */
function compare(a: PriceRow, b: PriceRow): number {
  const strength = (row: PriceRow) => [row.projectId === null ? 0 : 1, -PRICE_SOURCES.indexOf(row.source)];
  const first = compareNumbers(strength(a), strength(b));
  if (first !== 0 || keyOf(a) !== keyOf(b)) return first;
  const closeness = (row: PriceRow) => [
    row.region === '' ? 0 : 1,
    row.aboveInputTokens,
    row.daily === null ? 0 : 1,
    row.validFrom.getTime(),
  ];
  return compareNumbers(closeness(a), closeness(b));
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

function applies(
  row: PriceRow,
  { at, inputTokens, serviceTier, region, projectId }: PriceConditions,
): boolean {
  return (
    row.serviceTier === serviceTier &&
    (row.region === '' || row.region === region) &&
    (row.aboveInputTokens === 0 || inputTokens > row.aboveInputTokens) &&
    (row.projectId === null || row.projectId === projectId) &&
    isValidAt(row, at) &&
    (row.daily === null || isWithin(row.daily, at))
  );
}

function isValidAt({ validFrom, validUntil }: PriceRow, at: Date): boolean {
  return validFrom <= at && (validUntil === null || at < validUntil);
}

/** Whether a time of day in UTC is within a window, which may pass midnight. */
function isWithin({ fromSeconds, untilSeconds }: DailyWindow, at: Date): boolean {
  const seconds = (at.getTime() % 86_400_000) / 1000;
  return fromSeconds <= untilSeconds
    ? fromSeconds <= seconds && seconds < untilSeconds
    : fromSeconds <= seconds || seconds < untilSeconds;
}

/** genai-prices comes with rules, and a name that only looks like one of its ids is not a match. */
function isFor(candidate: Candidate, row: PriceRow): boolean {
  return row.source !== 'genai-prices' || !candidate.isExact;
}

function keyOf({ provider, model }: { readonly provider: string; readonly model: string }): string {
  return JSON.stringify([provider, model.toLowerCase()]);
}
