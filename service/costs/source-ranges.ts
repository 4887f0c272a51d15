/** A range of time, ms since 1970. */
export interface TimeRange {
  /** Included. */
  readonly start: number;
  /** Excluded. */
  readonly end: number;
}

/** A roll-up that has what a question asks. */
export interface Rollup<Source extends string> {
  readonly source: Source;
  /** Length of its units, ms since 1970 in multiples of it. */
  readonly unitMs: number;
}

/** Which times of a question come from which source. */
export interface SourceRanges<Source extends string> {
  /** Whole units of each roll-up, in order. */
  readonly rollups: readonly { readonly source: Source; readonly ranges: readonly TimeRange[] }[];
  /** Times to add up from single requests, in order. */
  readonly rows: readonly TimeRange[];
}

/** What a plan is made from. */
export interface SourceQuestion<Source extends string> {
  /** Where the question's periods begin and end, in order; the first is its start and the last its end. */
  readonly bounds: readonly number[];
  /** Roll-ups that have what the question asks, the one with the longest units first. */
  readonly rollups: readonly Rollup<Source>[];
  /** The roll-ups have all requests before this instant, ms since 1970. */
  readonly completeUntil: number;
}

/**
 * Splits the time of a question. A unit of a roll-up is used where it lies within one period and before
 * `completeUntil`. Days come first, hours fill the edges, and all other times, among them the current hour, come from
 * single requests. No time is in two of them.
 */
export function sourceRanges<Source extends string>({
  bounds,
  rollups,
  completeUntil,
}: SourceQuestion<Source>): SourceRanges<Source> {
  const start = bounds[0] ?? 0;
  let rest = nonEmpty([{ start, end: bounds.at(-1) ?? start }]);
  const taken: { source: Source; ranges: TimeRange[] }[] = [];
  for (const { source, unitMs } of rollups) {
    const split = rest.map((range) => wholeUnits(range, { bounds, unitMs, completeUntil }));
    const ranges = split.flatMap(({ whole }) => whole);
    if (ranges.length > 0) taken.push({ source, ranges });
    rest = joined(split.flatMap((one) => one.rest));
  }
  return { rollups: taken, rows: rest };
}

/** Time before an instant that comes from single requests, ms. */
export function rowTimeBefore({ rows }: SourceRanges<string>, instant: number): number {
  return rows.reduce((sum, { start, end }) => sum + Math.max(0, Math.min(end, instant) - start), 0);
}

interface Units {
  readonly bounds: readonly number[];
  readonly unitMs: number;
  readonly completeUntil: number;
}

/** The complete units of a range that no bound cuts, and the rest of it. */
function wholeUnits(
  range: TimeRange,
  { bounds, unitMs, completeUntil }: Units,
): { whole: TimeRange[]; rest: TimeRange[] } {
  const first = Math.ceil(range.start / unitMs) * unitMs;
  const last = Math.floor(Math.min(range.end, completeUntil) / unitMs) * unitMs;
  if (first >= last) return { whole: [], rest: [range] };
  const cut = new Set(
    bounds
      .filter((bound) => bound > first && bound < last && bound % unitMs !== 0)
      .map((bound) => bound - (bound % unitMs)),
  );
  const whole: TimeRange[] = [];
  const rest: TimeRange[] = [{ start: range.start, end: first }];
  let start = first;
  for (const unit of cut) {
    whole.push({ start, end: unit });
    rest.push({ start: unit, end: unit + unitMs });
    start = unit + unitMs;
  }
  whole.push({ start, end: last });
  rest.push({ start: last, end: range.end });
  return { whole: nonEmpty(whole), rest: nonEmpty(rest) };
}

function nonEmpty(ranges: readonly TimeRange[]): TimeRange[] {
  return ranges.filter(({ start, end }) => start < end);
}

/** Ranges of which one begins where the one before ends become one. */
function joined(ranges: readonly TimeRange[]): TimeRange[] {
  const result: TimeRange[] = [];
  for (const range of ranges) {
    const before = result.at(-1);
    if (before !== undefined && before.end === range.start) {
      result.splice(-1, 1, { start: before.start, end: range.end });
    } else {
      result.push(range);
    }
  }
  return result;
}
