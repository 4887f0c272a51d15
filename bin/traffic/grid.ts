import type { LoadSample } from '../../lambda/predictive-scaler/types';
import { UsageError } from '../cli/command';
import type { Reading } from './readings';
import type { Steps } from './steps';
import { counted, duration } from './words';

/** How early a row may be and still belong to the step that is about to begin, in steps of the file. */
const EARLY_PART = 0.25;

/** Largest part of rows that may stand between the steps; with more of them there is no step. */
const MOST_BETWEEN_SHARE = 0.1;

/** Samples on a grid of full steps. */
export interface Grid {
  /** Of the steps whose load is known, sorted by time. */
  readonly samples: readonly LoadSample[];
  /** Steps without a load between the first and the last: stretches of them, and minutes in all. */
  readonly gaps: { readonly count: number; readonly minutes: number };
  /** What is odd about the times, without the file's name. */
  readonly notes: readonly string[];
}

/**
 * The mean load of each step. A time is the start of what its value covers.
 * @param readings sorted by time
 * @throws UsageError where rows follow no step, or none has a value
 */
export function toGrid(readings: readonly Reading[], { fileSeconds, minutes }: Steps, file: string): Grid {
  const offset = commonOffset(readings, fileSeconds);
  const notes = offsetNotes(readings, offset, fileSeconds, file);
  const sums = new Map<number, { sum: number; rows: number }>();
  for (const { seconds, value } of readings) {
    if (Number.isNaN(value)) continue;
    const slot = Math.floor((seconds - offset) / fileSeconds + EARLY_PART);
    const minute = Math.floor((slot * fileSeconds) / (60 * minutes)) * minutes;
    const { sum, rows } = sums.get(minute) ?? { sum: 0, rows: 0 };
    sums.set(minute, { sum: sum + value, rows: rows + 1 });
  }
  if (sums.size === 0)
    throw new UsageError(`${file}: no row has a value; choose another column with --column`);
  const samples = [...sums]
    .map(([minute, { sum, rows }]) => ({ minute, load: sum / rows }))
    .sort((a, b) => a.minute - b.minute);
  return {
    samples,
    gaps: gapsOf(samples, minutes),
    notes: [...notes, ...meanNotes(sums, fileSeconds, minutes)],
  };
}

/** Where in a step of the file most times stand, seconds. */
function commonOffset(readings: readonly Reading[], fileSeconds: number): number {
  const counts = new Map<number, number>();
  for (const { seconds } of readings) {
    const offset = Math.round(seconds) % fileSeconds;
    counts.set(offset, (counts.get(offset) ?? 0) + 1);
  }
  const [common = 0] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0] ?? [];
  return common;
}

/** @throws UsageError where many rows stand between the steps */
function offsetNotes(
  readings: readonly Reading[],
  offset: number,
  fileSeconds: number,
  file: string,
): string[] {
  const distances = readings.map(({ seconds }) => {
    const late = (((seconds - offset) % fileSeconds) + fileSeconds) % fileSeconds;
    return Math.min(late, fileSeconds - late);
  });
  const between = distances.filter((distance) => distance > EARLY_PART * fileSeconds).length;
  if (between > MOST_BETWEEN_SHARE * readings.length) {
    throw new UsageError(
      `${file}: ${between} of ${readings.length} rows stand between the steps of ${duration(fileSeconds)}; export the file with one step`,
    );
  }
  const uneven = distances.filter((distance) => distance >= 1).length;
  const furthest = distances
    .filter((distance) => distance <= EARLY_PART * fileSeconds)
    .reduce((most, distance) => Math.max(most, distance), 0);
  return [
    ...(offset === 0
      ? []
      : [
          `times are ${duration(offset)} after the start of a step of ${duration(fileSeconds)}, taken as its start`,
        ]),
    ...(uneven === 0
      ? []
      : [`${counted(uneven, 'time')} up to ${furthest.toFixed(1)} s off the step, taken as on it`]),
  ];
}

function meanNotes(
  sums: ReadonlyMap<number, { readonly rows: number }>,
  fileSeconds: number,
  minutes: number,
): string[] {
  const expected = (60 * minutes) / fileSeconds;
  if (expected > 1) {
    const lacking = [...sums.values()].filter(({ rows }) => rows < expected).length;
    return [
      `rows are ${duration(fileSeconds)} apart: a sample is the mean of ${expected} rows${lacking === 0 ? '' : ` (${counted(lacking, 'sample')} of fewer)`}`,
    ];
  }
  const several = [...sums.values()].filter(({ rows }) => rows > 1).length;
  return several === 0 ? [] : [`${counted(several, 'step')} with several rows, of which the mean counts`];
}

function gapsOf(samples: readonly LoadSample[], stepMinutes: number): Grid['gaps'] {
  let [count, minutes] = [0, 0];
  samples.slice(1).forEach(({ minute }, index) => {
    const missing = minute - (samples[index] as LoadSample).minute - stepMinutes;
    if (missing <= 0) return;
    count += 1;
    minutes += missing;
  });
  return { count, minutes };
}
