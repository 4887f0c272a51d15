import { type OptionTable, type OptionValues, UsageError } from '../cli/command';
import { positiveNumber, timeZone, wholeNumber } from '../cli/option-values';
import { HISTORY_OPTIONS, historyOptionsOf } from '../traffic/options';
import type { TraceOptions } from './read-traces';
import type { RunSettings } from './run-traces';

/** What `npm run backtest` was asked to do. */
export interface BacktestOptions {
  /** One of the two is there. */
  readonly trace?: string;
  readonly manifest?: string;
  /** How the files are read. */
  readonly reading: TraceOptions;
  readonly settings: RunSettings;
  readonly pricePerReplicaHour?: number;
  readonly report: string;
  readonly predictions?: string;
  readonly jobs: number;
  readonly json: boolean;
}

/** Options of the command, as it is called. */
export const OPTIONS = {
  trace: { type: 'string' },
  manifest: { type: 'string' },
  days: { type: 'string' },
  'time-zone': { type: 'string', default: 'UTC' },
  ...HISTORY_OPTIONS,
  capacity: { type: 'string', default: '100' },
  'min-replicas': { type: 'string', default: '3' },
  'max-replicas': { type: 'string', default: '50' },
  'lead-minutes': { type: 'string', default: '4' },
  'price-per-replica-hour': { type: 'string' },
  report: { type: 'string', default: 'dist/backtest/report.html' },
  predictions: { type: 'string' },
  jobs: { type: 'string', default: '2' },
  json: { type: 'boolean', default: false },
} satisfies OptionTable;

/** @throws UsageError that names the option, the value and what it may be */
export function backtestOptions(options: OptionValues<typeof OPTIONS>): BacktestOptions {
  if ((options.trace === undefined) === (options.manifest === undefined)) {
    throw new UsageError('one of --trace and --manifest is needed; see --help');
  }
  const limits = { least: 1, most: 10_000 };
  const minReplicas = wholeNumber('min-replicas', options['min-replicas'], limits);
  const zone = timeZone('time-zone', options['time-zone']);
  const { days, 'price-per-replica-hour': price } = options;
  return {
    trace: options.trace,
    manifest: options.manifest,
    reading: {
      ...historyOptionsOf(options, zone),
      days: days === undefined ? undefined : wholeNumber('days', days, { least: 1, most: 366 }),
    },
    settings: {
      loadPerReplica: positiveNumber('capacity', options.capacity),
      minReplicas,
      maxReplicas: wholeNumber('max-replicas', options['max-replicas'], { ...limits, least: minReplicas }),
      leadMinutes: wholeNumber('lead-minutes', options['lead-minutes'], { least: 1, most: 60 }),
      timeZone: zone,
    },
    pricePerReplicaHour: price === undefined ? undefined : positiveNumber('price-per-replica-hour', price),
    report: options.report,
    predictions: options.predictions,
    jobs: wholeNumber('jobs', options.jobs, { least: 1, most: 64 }),
    json: options.json,
  };
}
