/** A range of time, ms since 1970. */
export interface TimeRange {
  /** Included. */
  readonly start: number;
  /** Excluded. */
  readonly end: number;
}

/** Which times of a question are answered from a roll-up, and which from single requests. */
export interface SourceRanges {
  /** Units of the roll-up to add up; null where there is none. */
  readonly rollup: TimeRange | null;
  /** Starts of units within `rollup` that are left out, because a period of the question begins or ends inside. */
  readonly cut: readonly number[];
  /** Ranges to add up from single requests, in order. */
  readonly rows: readonly TimeRange[];
}

/** What a plan is made from. */
export interface SourceQuestion {
  /** Where the question's periods begin and end, in order; the first is its start and the last its end. */
  readonly bounds: readonly number[];
  /** Length of the roll-up's units, ms; null where no roll-up has what the question asks. */
  readonly unitMs: number | null;
  /** The roll-up has all requests before this instant, ms since 1970. */
  readonly completeUntil: number;
}

/**
 * Splits the time of a question. A unit of the roll-up is used where it lies within one period and before
 * `completeUntil`; all other times, among them the current hour, come from single requests. No time is in both.
 */
export function sourceRanges({ bounds, unitMs, completeUntil }: SourceQuestion): SourceRanges {
  const start = bounds[0] ?? 0;
  const end = bounds.at(-1) ?? start;
  const all: SourceRanges = { rollup: null, cut: [], rows: nonEmpty([{ start, end }]) };
  if (unitMs === null) return all;
  const first = Math.ceil(start / unitMs) * unitMs;
  const last = Math.floor(Math.min(end, completeUntil) / unitMs) * unitMs;
  if (first >= last) return all;
  const floors = bounds
    .filter((bound) => bound % unitMs !== 0)
    .map((bound) => Math.floor(bound / unitMs) * unitMs)
    .filter((unit) => unit >= first && unit < last);
  const cut = [...new Set(floors)];
  if (cut.length * unitMs === last - first) return all;
  const rows = [
    { start, end: first },
    ...cut.map((unit) => ({ start: unit, end: unit + unitMs })),
    { start: last, end },
  ];
  return { rollup: { start: first, end: last }, cut, rows: joined(nonEmpty(rows)) };
}

/** Time before an instant that comes from single requests, ms. */
export function rowTimeBefore({ rows }: SourceRanges, instant: number): number {
  return rows.reduce((sum, { start, end }) => sum + Math.max(0, Math.min(end, instant) - start), 0);
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
