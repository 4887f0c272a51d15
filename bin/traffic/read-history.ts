import type { LoadSample } from '../../lambda/predictive-scaler/types';
import { UsageError } from '../cli/command';
import { looksLikeCounter, ratesOf } from './counter';
import { readTable } from './formats/read-table';
import { toGrid } from './grid';
import { parseTimes } from './parse-times';
import { parseValues } from './parse-values';
import { readText } from './read-text';
import { type Reading, type SortedReadings, sortReadings, withoutNegatives } from './readings';
import { selectSeries } from './select-series';
import type { Series } from './series';
import { type Steps, stepsOf } from './steps';
import { describeUnderstood, type Understood } from './understood';
import { counted, duration } from './words';

/** How a file of traffic is read where the file itself does not say. */
export interface HistoryOptions {
  /**
   * IANA time zone of times that have no offset.
   * @default 'UTC'
   */
  readonly timeZone?: string;
  /**
   * The column or series of the loads: its name, or its number counted from 1.
   * @default the only numeric one
   */
  readonly column?: string;
  /**
   * Whether the values are a counter that only rises, to be read as its rate per second.
   * @default undefined: the values are loads, and a file that looks like a counter is refused
   */
  readonly counter?: boolean;
  /**
   * Whether the values are counts per step, to be divided by the seconds of a step.
   * @default false
   */
  readonly perSecond?: boolean;
  /**
   * Width of a sample, minutes: 1, 5, 10, 30 or 60. A file whose rows are further apart is refused.
   * @default the narrowest one that is a multiple of the most common difference between two times of the file
   */
  readonly stepMinutes?: number;
}

/** The loads of a file of traffic, and how it was read. */
export interface History {
  /** Mean load of each step whose load is known, sorted by time, in the file's unit unless `perSecond` or `counter`. */
  readonly samples: readonly LoadSample[];
  /** Width of a sample, minutes. */
  readonly stepMinutes: number;
  readonly understood: Understood;
  /** What is odd about the file, yet can be dealt with: a line each, starting with the file's name. */
  readonly notes: readonly string[];
}

/**
 * Reads a history of traffic from any format of docs/traffic-files.md; gzip too.
 * @throws UsageError with a line for each problem: file, line, value and remedy
 */
export function readHistory(path: string, options: HistoryOptions = {}): History {
  const { timeZone = 'UTC' } = options;
  const table = readTable(readText(path), path);
  const series = selectSeries(table, options.column, path);
  const { values, decimalCommas } = parseValues(series, path);
  const times = parseTimes(series, timeZone, path);
  const rows = times.seconds.map((seconds, row): Reading => ({ seconds, value: values[row] as number, row }));
  const sorted = sortReadings(rows, series, path);
  if (sorted.readings.length < 2) throw new UsageError(`${path} has one row only; export a longer range`);
  const steps = stepsOf(sorted.readings, options.stepMinutes, series, path);
  const loads = loadsOf(sorted.readings, { series, steps, options, file: path });
  const { samples, gaps, notes } = toGrid(loads.readings, steps, path);
  const named = [...table.notes, ...times.notes, ...oddRows(sorted), ...notes].map(
    (note) => `${path}: ${note}`,
  );
  return {
    samples,
    stepMinutes: steps.minutes,
    understood: {
      file: path,
      format: table.format,
      column: { kind: table.noun.one, number: series.number, name: series.name },
      values: options.counter
        ? 'counter as rate per second'
        : options.perSecond
          ? 'counts per second'
          : 'loads',
      decimalCommas,
      statistic: series.statistic,
      times: times.notation,
      timeZone: times.notation === 'without a zone' ? timeZone : undefined,
      fileStepSeconds: steps.fileSeconds,
      stepMinutes: steps.minutes,
      firstMinute: samples[0]?.minute ?? 0,
      lastMinute: samples.at(-1)?.minute ?? 0,
      rows: rows.length,
      unordered: sorted.unordered,
      duplicates: sorted.duplicates,
      withoutValue: values.filter((value) => !(value >= 0)).length,
      gaps,
    },
    notes: [...loads.notes, ...named],
  };
}

/** The lines that say how a file was understood: the first lines of a command's output. */
export function historyLines({ understood, notes }: History): string[] {
  return [describeUnderstood(understood), ...notes];
}

/** What loads are made from, beside the readings. */
interface LoadContext {
  readonly series: Series;
  readonly steps: Steps;
  readonly options: HistoryOptions;
  readonly file: string;
}

/** Readings as loads: without negative ones, and as rates where the options say so. */
function loadsOf(
  inFile: readonly Reading[],
  { series, steps, options, file }: LoadContext,
): { readonly readings: readonly Reading[]; readonly notes: readonly string[] } {
  const { readings, notes } = withoutNegatives(inFile, series, file);
  if (options.counter) {
    const rates = ratesOf(readings, steps.fileSeconds);
    return {
      readings: rates.readings,
      notes: [...notes, `${file}: ${counted(rates.resets, 'reset')} of the counter`],
    };
  }
  if (options.counter === undefined && looksLikeCounter(readings)) {
    const last = inFile.at(-1) as Reading;
    throw new UsageError(
      `${file}${series.placeOf(last.row)}: the values only rise, up to ${last.value} here, as a counter does; add --counter to read its rate, or --no-counter if they are loads`,
    );
  }
  const seconds = series.periodSeconds ?? steps.fileSeconds;
  if (options.perSecond) {
    refuseMean(series, file);
    return { readings: readings.map((reading) => ({ ...reading, value: reading.value / seconds })), notes };
  }
  return { readings, notes: [...notes, ...countNotes(series, seconds, file)] };
}

function isCount({ statistic }: Series): boolean {
  return statistic === 'Sum' || statistic === 'SampleCount';
}

function refuseMean(series: Series, file: string): void {
  if (series.statistic === undefined || isCount(series)) return;
  throw new UsageError(
    `${file}: --per-second divides counts, but the values are of statistic ${series.statistic}; leave it out, or export the statistic Sum`,
  );
}

function countNotes(series: Series, seconds: number, file: string): string[] {
  const remedy = 'capacity or scale must be in the same unit, or add --per-second';
  const count = `each value is a count of ${duration(seconds)}`;
  if (isCount(series)) return [`${file}: ${count} (statistic ${series.statistic}), not a rate; ${remedy}`];
  if (!series.mayBeCount) return [];
  return [`${file}: the file does not name the statistic; if it is Sum, ${count}, not a rate; ${remedy}`];
}

function oddRows({ unordered, duplicates }: SortedReadings): string[] {
  return [
    ...(unordered > 0 ? [`${counted(unordered, 'row')} out of order, sorted`] : []),
    ...(duplicates > 0
      ? [`${counted(duplicates, 'row')} with the time of another row, of which the last one counts`]
      : []),
  ];
}
