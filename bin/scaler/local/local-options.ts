import { isAbsolute, join } from 'node:path';
import { UsageError } from '../../cli/command';
import { numberWithin, positiveNumber } from '../../cli/option-values';
import type { HistoryOptions } from '../../traffic/read-history';
import { historyOptions, refuseOthers, type ScalerValues } from '../options';

/** Word for a made-up history instead of a file. */
export const EXAMPLE_HISTORY = 'example';

/** The scaler beside a platform of this machine. */
export interface LocalOptions {
  /** Absolute path of the platform's folder. */
  readonly folder: string;
  /** Time between two runs, seconds of the platform's clock. */
  readonly everySeconds: number;
  /** Loads before the platform's own. @default - none: the model begins without any */
  readonly history?: {
    /** Path of a file of traffic, or EXAMPLE_HISTORY. */
    readonly file: string;
    /** Busiest load of the history, to which the others are scaled, requests per second. @default - as in the file */
    readonly peak?: number;
    readonly reading: HistoryOptions;
  };
  /** Whether the API only checks the floors. */
  readonly dryRun: boolean;
  /** Whether each run is a line of JSON. */
  readonly json: boolean;
}

const NAMES = [
  ...(['local', 'data', 'every', 'history', 'history-peak', 'dry-run', 'json'] as const),
  ...(['column', 'counter', 'no-counter', 'per-second', 'time-zone'] as const),
];

/**
 * @param currentFolder by which a relative path is resolved
 * @throws UsageError that names the option, the value and what it may be
 */
export function localOptions(
  values: ScalerValues,
  currentFolder: string,
  defaultFolder: string,
): LocalOptions {
  refuseOthers(values, '--local', NAMES);
  const { history: file, 'history-peak': peak, data = defaultFolder } = values;
  if (file === undefined && peak !== undefined)
    throw new UsageError('--history-peak needs --history; see --help');
  return {
    folder: isAbsolute(data) ? data : join(currentFolder, data),
    everySeconds: numberWithin('every', values.every ?? '60', { least: 60, most: 3600 }),
    ...(file !== undefined && {
      history: {
        file,
        ...(peak !== undefined && { peak: positiveNumber('history-peak', peak) }),
        reading: historyOptions(values),
      },
    }),
    dryRun: values['dry-run'] ?? false,
    json: values.json,
  };
}
