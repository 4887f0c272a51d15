import { UsageError } from '../cli/command';
import type { Reading } from './readings';
import type { Series } from './series';
import { duration } from './words';

/** Steps that the model reads, minutes. */
export const STEPS_MINUTES = [1, 5, 10, 30, 60] as const;

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** Steps that an exporter may have: whole parts of an hour, seconds. */
const FILE_STEPS = Array.from({ length: HOUR_SECONDS }, (_, index) => index + 1).filter(
  (seconds) => HOUR_SECONDS % seconds === 0,
);

/** How far the most common difference may be off such a step, where times are uneven. */
const UNEVEN_SHARE = 0.02;

/** A stretch of rows at another step: how long it lasts and how many rows it has at least. */
const OTHER_STEP = { leastSeconds: DAY_SECONDS, leastRows: 12 };

/** The steps of a file and of its samples. */
export interface Steps {
  /** Between two rows of the file. */
  readonly fileSeconds: number;
  /** Of a sample; a multiple of the file's. */
  readonly minutes: number;
}

/**
 * @param readings sorted by time, at least two
 * @param stepMinutes of the samples. @default the narrowest that the file's step divides
 * @throws UsageError on steps that cannot be read, or two different ones
 */
export function stepsOf(
  readings: readonly Reading[],
  stepMinutes: number | undefined,
  series: Series,
  file: string,
): Steps {
  const seconds = readings.map((reading) => reading.seconds);
  const fileSeconds = evened(commonDifference(seconds));
  refuseOtherStep(readings, fileSeconds, series, file);
  const minutes = (stepMinutes === undefined ? STEPS_MINUTES : [stepMinutes]).find(
    (step) => fileSeconds > 0 && (step * 60) % fileSeconds === 0,
  );
  if (minutes === undefined) {
    const wanted =
      stepMinutes === undefined
        ? `rows must be ${STEPS_MINUTES.slice(0, -1).join(', ')} or ${STEPS_MINUTES.at(-1)} minutes apart, or a part of that`
        : `rows must be ${stepMinutes} min apart, or a part of that`;
    throw new UsageError(
      `${file}: ${wanted}, got ${duration(fileSeconds)} between most of them; export the file with such a step`,
    );
  }
  return { fileSeconds, minutes };
}

/** The most common difference between two times, whole seconds; the smaller one where two are as common. */
function commonDifference(seconds: readonly number[]): number {
  const counts = new Map<number, number>();
  for (let index = 1; index < seconds.length; index += 1) {
    const difference = Math.round((seconds[index] as number) - (seconds[index - 1] as number));
    counts.set(difference, (counts.get(difference) ?? 0) + 1);
  }
  const [common = 0] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0] ?? [];
  return common;
}

/** The step that an exporter with uneven times means. */
function evened(seconds: number): number {
  return FILE_STEPS.find((step) => Math.abs(step - seconds) <= UNEVEN_SHARE * step) ?? seconds;
}

/** Rows at a second step for a day and more, as when two exports are put together; not gaps of the same length each. */
function refuseOtherStep(
  readings: readonly Reading[],
  fileSeconds: number,
  series: Series,
  file: string,
): void {
  let start = 0;
  for (let index = 1; index < readings.length; index += 1) {
    const step = differenceTo(readings, index);
    if (step !== differenceTo(readings, start + 1)) start = index - 1;
    const lasts = (readings[index] as Reading).seconds - (readings[start] as Reading).seconds;
    if (
      evened(step) === fileSeconds ||
      index - start < OTHER_STEP.leastRows ||
      lasts < OTHER_STEP.leastSeconds
    )
      continue;
    const place = series.placeOf((readings[start] as Reading).row);
    throw new UsageError(
      `${file}${place}: from here on rows are ${duration(step)} apart, elsewhere ${duration(fileSeconds)}; export all of it with one step (CloudWatch: one period)`,
    );
  }
}

function differenceTo(readings: readonly Reading[], index: number): number {
  return Math.round((readings[index] as Reading).seconds - (readings[index - 1] as Reading).seconds);
}
