import type { LoadSample } from '../../../lambda/predictive-scaler/types';
import { UsageError } from '../../cli/command';
import { type History, historyLines, readHistory } from '../../traffic/read-history';
import { EXAMPLE_HISTORY, type LocalOptions } from './local-options';

const DAY_MINUTES = 1440;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** Days that are left of a history at least, where it is moved by weeks: the model's week and a day. */
const LEAST_DAYS = 8;

/** Widest step that forecasts can use, minutes. */
const WIDEST_STEP = 5;

const EXAMPLE_DAYS = 8;

/** Busiest load of the example, requests per second. */
const EXAMPLE_PEAK = 300;

/** Loads of the past for a scaler that begins now, and how they were made, a line each. */
export interface AlignedHistory {
  /** By minute, oldest first, until now. */
  readonly samples: readonly LoadSample[];
  readonly lines: readonly string[];
}

/**
 * A history as if it had been measured until now.
 * @param nowMinute minutes since 1970-01-01 UTC
 * @throws UsageError on a file that cannot be read, or with wider steps than 5 minutes
 */
export function alignedHistory(
  history: NonNullable<LocalOptions['history']>,
  nowMinute: number,
): AlignedHistory {
  const { file, peak, reading } = history;
  if (file === EXAMPLE_HISTORY) {
    const lines = [
      `history: ${EXAMPLE_DAYS} made-up days, a wave a day up to ${peak ?? EXAMPLE_PEAK} requests per second`,
    ];
    return { samples: exampleLoads(nowMinute, peak ?? EXAMPLE_PEAK), lines };
  }
  const read = readHistory(file, reading);
  if (read.stepMinutes > WIDEST_STEP) {
    throw new UsageError(
      `--history must have steps of at most ${WIDEST_STEP} minutes, got ${read.stepMinutes} in ${file}`,
    );
  }
  const { samples, days } = movedTo(nowMinute, read);
  const moved = `${file}: moved by ${days} days, so that it ends now`;
  return {
    samples: scaled(byMinute(samples, read.stepMinutes, nowMinute), peak),
    lines: [...historyLines(read), moved],
  };
}

/** Moves by whole weeks, which keeps the days of the week, or by whole days where too little would be left. */
function movedTo(
  nowMinute: number,
  { samples, stepMinutes }: History,
): { samples: LoadSample[]; days: number } {
  const first = (samples[0] as LoadSample).minute;
  const end = (samples.at(-1) as LoadSample).minute + stepMinutes;
  const by = (unit: number) => Math.ceil((nowMinute - end) / unit) * unit;
  const weeks = by(WEEK_MINUTES);
  const minutes = nowMinute - (first + weeks) >= LEAST_DAYS * DAY_MINUTES ? weeks : by(DAY_MINUTES);
  const moved = samples.map(({ minute, load }) => ({ minute: minute + minutes, load }));
  return { samples: moved.filter(({ minute }) => minute < nowMinute), days: minutes / DAY_MINUTES };
}

/** A load of five minutes is that of each of them. */
function byMinute(samples: readonly LoadSample[], stepMinutes: number, nowMinute: number): LoadSample[] {
  return samples
    .flatMap(({ minute, load }) =>
      Array.from({ length: stepMinutes }, (_, part) => ({ minute: minute + part, load })),
    )
    .filter(({ minute }) => minute < nowMinute);
}

function scaled(samples: readonly LoadSample[], peak: number | undefined): readonly LoadSample[] {
  const busiest = samples.reduce((most, { load }) => Math.max(most, load), 0);
  if (peak === undefined || busiest === 0) return samples;
  return samples.map(({ minute, load }) => ({ minute, load: (load * peak) / busiest }));
}

function exampleLoads(nowMinute: number, peak: number): LoadSample[] {
  const first = nowMinute - EXAMPLE_DAYS * DAY_MINUTES;
  return Array.from({ length: EXAMPLE_DAYS * DAY_MINUTES }, (_, index) => ({
    minute: first + index,
    load: exampleLoad(first + index, peak),
  }));
}

/** A wave a day, least at midnight UTC, with a little noise that is the same every time. */
export function exampleLoad(minute: number, peak: number): number {
  const wave = 0.55 - 0.45 * Math.cos((2 * Math.PI * minute) / DAY_MINUTES);
  // Knuth's multiplicative hash: a number from 0 to 1 for each minute.
  const noise = ((minute * 2_654_435_761) % 2 ** 32) / 2 ** 32;
  return peak * wave * (0.95 + 0.05 * noise);
}
