import { zoneOffset } from '../../service/shared/zone-offset';

const DAY_MS = 86_400_000;

/** Clocks change at full quarters of an hour, so that an offset holds for all of one. */
const QUARTER_MS = 900_000;

/** Local times as instants, ms since 1970. */
export interface LocalTimes {
  /** NaN for a local time that does not exist, when clocks go forward. */
  readonly instants: readonly number[];
  /** Local times that exist twice, when clocks go back. */
  readonly repeated: number;
}

/**
 * Local times of a zone as instants. Of a time that exists twice the order of the rows picks one: the earlier one,
 * unless the row before it is not earlier than that; the other way round in a file whose newest row comes first.
 * @param wallMs the local times as if they were UTC, ms
 */
export function localTimes(wallMs: readonly number[], timeZone: string): LocalTimes {
  const offsetAt = offsets(timeZone);
  const descending = (wallMs.at(-1) ?? 0) < (wallMs[0] ?? 0);
  let repeated = 0;
  let previous = descending ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const instants = wallMs.map((wall) => {
    const [early, late] = instantsOf(wall, offsetAt);
    if (early === undefined) return Number.NaN;
    if (late !== undefined) repeated += 1;
    const [first, second = first] = descending ? [late ?? early, early] : [early, late ?? early];
    const follows = descending ? first < previous : first > previous;
    previous = follows ? first : second;
    return previous;
  });
  return { instants, repeated };
}

/** Instants at which clocks show a time: none, one or two, the earlier first. */
function instantsOf(wall: number, offsetAt: (instant: number) => number): number[] {
  const offsetsNearby = new Set([offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)]);
  return [...offsetsNearby]
    .map((offset) => wall - offset)
    .filter((instant) => instant + offsetAt(instant) === wall)
    .sort((a, b) => a - b);
}

/** Local time minus UTC at an instant, ms; looked up once for each quarter of an hour. */
function offsets(timeZone: string): (instant: number) => number {
  const lookUp = zoneOffset(timeZone);
  const known = new Map<number, number>();
  return (instant) => {
    const quarter = Math.floor(instant / QUARTER_MS) * QUARTER_MS;
    const offset = known.get(quarter) ?? lookUp(quarter);
    known.set(quarter, offset);
    return offset;
  };
}
