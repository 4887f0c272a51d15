import { UsageError } from '../cli/command';
import { Problems } from './problems';
import type { Series } from './series';

/** A row's value at its time. */
export interface Reading {
  /** Since 1970-01-01 UTC. */
  readonly seconds: number;
  /** NaN where it is unknown. */
  readonly value: number;
  /** Index of its row in the file. */
  readonly row: number;
}

/** Readings in the order of time, one for each time, and how they stood in the file. */
export interface SortedReadings {
  readonly readings: readonly Reading[];
  /** Rows with an earlier time than the row before them; 0 in a file whose newest row comes first. */
  readonly unordered: number;
  /** Rows whose time another row has too; the last one counts. */
  readonly duplicates: number;
}

/** Largest part of rows with a negative value that counts as gaps; with more of them, the values are no loads. */
const MOST_NEGATIVE_SHARE = 0.01;

/** Largest part of rows that share a time with others; with more of them, the file has several series. */
const MOST_DUPLICATE_SHARE = 0.1;

/**
 * Puts readings in the order of time.
 * @throws UsageError where many rows have the same times
 */
export function sortReadings(inFile: readonly Reading[], series: Series, file: string): SortedReadings {
  const falls = inFile.filter(
    ({ seconds }, index) => seconds < (inFile[index - 1]?.seconds ?? seconds),
  ).length;
  const newestFirst = falls > 0 && falls === inFile.length - 1;
  const byTime = new Map(inFile.map((reading) => [reading.seconds, reading]));
  const readings = [...byTime.values()].sort((a, b) => a.seconds - b.seconds);
  const duplicates = inFile.length - readings.length;
  if (duplicates > MOST_DUPLICATE_SHARE * inFile.length && duplicates > 1) {
    const again = inFile.find((reading) => byTime.get(reading.seconds) !== reading) as Reading;
    throw new UsageError(
      `${file}${series.placeOf(again.row)}: ${duplicates} of ${inFile.length} rows have the time of another row; the file must have one series, with date and time in one column`,
    );
  }
  return { readings, unordered: newestFirst ? 0 : falls, duplicates };
}

/**
 * Negative values as gaps.
 * @returns the readings, and a note where there are negative ones
 * @throws UsageError where more than a few values are negative
 */
export function withoutNegatives(
  readings: readonly Reading[],
  series: Series,
  file: string,
): { readonly readings: readonly Reading[]; readonly notes: readonly string[] } {
  const negative = readings.filter(({ value }) => value < 0);
  const [first] = negative;
  if (first === undefined) return { readings, notes: [] };
  if (negative.length > Math.max(1, MOST_NEGATIVE_SHARE * readings.length)) {
    const problems = new Problems(file);
    for (const { row, value } of negative) {
      problems.add(
        series.placeOf(row),
        `${value} is negative; a load is 0 or more: choose another column with --column, or leave the value empty`,
      );
    }
    problems.throwIfAny();
  }
  const others = negative.length > 1 ? ` (and ${negative.length - 1} more)` : '';
  return {
    readings: readings.map((reading) => (reading.value < 0 ? { ...reading, value: Number.NaN } : reading)),
    notes: [
      `${file}${series.placeOf(first.row)}: ${first.value} is negative${others} and counts as a gap; a load is 0 or more`,
    ],
  };
}
