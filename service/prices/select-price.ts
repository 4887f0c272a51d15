import type { Candidate } from './model-names';
import { type DailyWindow, PRICE_SOURCES, type PriceRow, type PriceSource } from './price-row';

/** What a price has to be for. */
export interface PriceConditions {
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

/** Units that have a price for a project within a time. */
interface UnitsOfTime {
  /** Included, ms since 1970. */
  readonly from: number;
  /** Excluded, ms since 1970. */
  readonly until: number;
  /** Empty where no project has prices of its own. */
  readonly project: string;
  readonly units: ReadonlySet<string>;
}

/** All prices, by provider and model. */
export class PriceIndex {
  private readonly rows = new Map<string, PriceRow[]>();

  constructor(rows: Iterable<PriceRow>) {
    for (const row of rows) {
      const key = keyOf(row);
      const ofModel = this.rows.get(key) ?? [];
      ofModel.push(row);
      this.rows.set(key, ofModel);
    }
  }

  /** Prices of the models that a name may stand for, the closest first. */
  pricesOf(candidates: readonly Candidate[]): ModelPrices {
    const selectable = candidates.flatMap((candidate) =>
      (this.rows.get(keyOf(candidate)) ?? [])
        .filter((row) => isFor(candidate, row))
        .map((row) => ({ row, candidate })),
    );
    // Stable: among prices of equal strength those of the closer name stay first.
    return new ModelPrices(selectable.sort((a, b) => compare(a.row, b.row)));
  }
}

/** The prices of one name of a model. */
export class ModelPrices {
  private readonly byUnit = new Map<string, SelectedPrice[]>();
  private readonly hasOwnPrices: boolean;
  private lastUnits: UnitsOfTime | undefined;

  /** How the name led to the strongest of the prices; null where there is none. */
  readonly rule: string | null;

  /** @param selectable the strongest first */
  constructor(selectable: readonly SelectedPrice[]) {
    this.rule = selectable[0]?.candidate.rule ?? null;
    this.hasOwnPrices = selectable.some(({ row }) => row.projectId !== null);
    for (const one of selectable) {
      const ofUnit = this.byUnit.get(one.row.unit) ?? [];
      ofUnit.push(one);
      this.byUnit.set(one.row.unit, ofUnit);
    }
  }

  /** Units that have any price for a project at a time, in whatever service tier or region. */
  unitsAt(at: Date, projectId: string): ReadonlySet<string> {
    const time = at.getTime();
    const project = this.hasOwnPrices ? projectId : '';
    const last = this.lastUnits;
    // Most requests are of now: the answer is the same until a price begins or ends.
    if (last?.project === project && last.from <= time && time < last.until) return last.units;
    this.lastUnits = { ...this.validityAt(time), project, units: this.findUnits(at, projectId) };
    return this.lastUnits.units;
  }

  private findUnits(at: Date, projectId: string): ReadonlySet<string> {
    const found = new Set<string>();
    for (const [unit, prices] of this.byUnit) {
      if (prices.some(({ row }) => isValidAt(row, at) && isForProject(row, projectId))) found.add(unit);
    }
    return found;
  }

  /** The longest time around a moment in which no price begins or ends, ms since 1970. */
  private validityAt(time: number): Pick<UnitsOfTime, 'from' | 'until'> {
    let from = Number.NEGATIVE_INFINITY;
    let until = Number.POSITIVE_INFINITY;
    for (const prices of this.byUnit.values()) {
      for (const { row } of prices) {
        for (const edge of [row.validFrom.getTime(), row.validUntil?.getTime() ?? until]) {
          if (edge <= time) from = Math.max(from, edge);
          else until = Math.min(until, edge);
        }
      }
    }
    return { from, until };
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
    return this.byUnit.get(unit)?.find(({ row }) => sources.includes(row.source) && applies(row, conditions));
  }
}

/** Below 0 where `a` wins over `b`. Between models the closer name decides, which is the order they come in. */
function compare(a: PriceRow, b: PriceRow): number {
  const first = compareNumbers(strength(a), strength(b));
  return first !== 0 || keyOf(a) !== keyOf(b) ? first : compareNumbers(closeness(a), closeness(b));
}

function strength({ projectId, source }: PriceRow): readonly number[] {
  return [projectId === null ? 1 : 0, PRICE_SOURCES.indexOf(source)];
}

function closeness({ region, aboveInputTokens, daily, validFrom }: PriceRow): readonly number[] {
  return [region === '' ? 1 : 0, -aboveInputTokens, daily === null ? 1 : 0, -validFrom.getTime()];
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
    isForProject(row, projectId) &&
    isValidAt(row, at) &&
    (row.daily === null || isWithin(row.daily, at))
  );
}

function isForProject(row: PriceRow, projectId: string): boolean {
  return row.projectId === null || row.projectId === projectId;
}

function isValidAt({ validFrom, validUntil }: PriceRow, at: Date): boolean {
  // Comparing dates themselves converts each one, which takes many times longer.
  const time = at.getTime();
  return validFrom.getTime() <= time && (validUntil === null || time < validUntil.getTime());
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
