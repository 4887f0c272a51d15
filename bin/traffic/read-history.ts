import type { LoadSample } from '../../lambda/predictive-scaler/types';
import { readTraffic } from './read-traffic';
import { describeUnderstood, type Understood } from './understood';

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
   * @default the most common difference between two times of the file
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
  const { samples, stepMinutes, notes } = readTraffic(path, options.stepMinutes);
  const known = samples.filter(({ load }) => load >= 0);
  return {
    samples: known,
    stepMinutes,
    understood: {
      file: path,
      format: 'CSV',
      column: { number: 2, name: 'value' },
      times: 'RFC 3339',
      timeZone: undefined,
      stepMinutes,
      firstMinute: samples[0]?.minute ?? 0,
      endMinute: (samples.at(-1)?.minute ?? 0) + stepMinutes,
      rows: notes.rows,
      gaps: { count: 0, minutes: notes.missingSteps * stepMinutes },
    },
    notes: [],
  };
}

/** The lines that say how a file was understood: the first lines of a command's output. */
export function historyLines({ understood, notes }: History): string[] {
  return [describeUnderstood(understood), ...notes];
}
