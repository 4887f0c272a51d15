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
  /**
   * Whether the unit that is not complete yet is used as well: it holds the requests before `completeUntil`.
   * @default false
   */
  readonly usesRunningUnit?: boolean;
}

/** The unit of a roll-up that is not complete yet, and the single requests that it lacks. */
export interface RunningUnit<Source extends string> {
  readonly source: Source;
  readonly unit: TimeRange;
  /**
   * The unit lies within one period as long as it holds no request from this instant on: the first bound of the
   * question after the unit's start, ms since 1970.
   */
  readonly usableUntil: number;
  /** End of the time that single requests add, ms since 1970; it may be later than the unit's. */
  readonly end: number;
}

/** Which times of a question come from which source. */
export interface SourceRanges<Source extends string> {
  /** Whole units of each roll-up, in order. */
  readonly rollups: readonly { readonly source: Source; readonly ranges: readonly TimeRange[] }[];
  /** Times to add up from single requests, in order. */
  readonly rows: readonly TimeRange[];
  /** The time from the start of a running unit on, which is in none of the others; null where there is none. */
  readonly running: RunningUnit<Source> | null;
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
 *
 * Where a running unit ends and single requests begin is not said here: a refresh may move it before the statement
 * runs, so the statement itself has to read how far the unit reaches.
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
  const runningRollup = rollups.find(({ usesRunningUnit = false }) => usesRunningUnit);
  const running =
    runningRollup === undefined ? null : runningUnit(rest, runningRollup, { bounds, completeUntil });
  return { rollups: taken, rows: running === null ? rest : before(rest, running.unit.start), running };
}

/** The unit that `completeUntil` lies in, unless the question begins after its start, or cuts it before. */
function runningUnit<Source extends string>(
  rest: readonly TimeRange[],
  { source, unitMs }: Rollup<Source>,
  { bounds, completeUntil }: Pick<Units, 'bounds' | 'completeUntil'>,
): RunningUnit<Source> | null {
  const start = Math.floor(completeUntil / unitMs) * unitMs;
  const range = rest.find((one) => one.start <= start && start < one.end);
  const usableUntil = bounds.find((bound) => bound > start);
  if (range === undefined || usableUntil === undefined) return null;
  if (completeUntil <= start || completeUntil > usableUntil) return null;
  return { source, unit: { start, end: start + unitMs }, usableUntil, end: range.end };
}

/** The parts of ranges before an instant. */
function before(ranges: readonly TimeRange[], instant: number): TimeRange[] {
  return nonEmpty(ranges.map(({ start, end }) => ({ start, end: Math.min(end, instant) })));
}

/** Time before an instant that comes from single requests, ms; without those that a running unit lacks. */
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
