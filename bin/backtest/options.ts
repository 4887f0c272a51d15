import { parseOptions, UsageError } from '../cli/command';
import type { RunSettings } from './run-traces';

/** What `npm run backtest` was asked to do. */
export interface BacktestOptions {
  /** One of the two is there. */
  readonly trace?: string;
  readonly manifest?: string;
  readonly days?: number;
  readonly settings: RunSettings;
  readonly pricePerReplicaHour?: number;
  readonly report: string;
  readonly predictions?: string;
  readonly jobs: number;
  readonly json: boolean;
}

/** @throws UsageError that names the option, the value and what it may be */
export function readOptions(argv: readonly string[]): BacktestOptions | 'help' {
  const options = parseOptions(argv, {
    trace: { type: 'string' },
    manifest: { type: 'string' },
    days: { type: 'string' },
    'time-zone': { type: 'string', default: 'UTC' },
    capacity: { type: 'string', default: '100' },
    'min-replicas': { type: 'string', default: '3' },
    'max-replicas': { type: 'string', default: '50' },
    'lead-minutes': { type: 'string', default: '4' },
    'price-per-replica-hour': { type: 'string' },
    report: { type: 'string', default: 'dist/backtest/report.html' },
    predictions: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return 'help';
  if ((options.trace === undefined) === (options.manifest === undefined)) {
    throw new UsageError('one of --trace and --manifest is needed; see --help');
  }
  const minReplicas = whole('min-replicas', options['min-replicas'], 1, 10_000);
  return {
    trace: options.trace,
    manifest: options.manifest,
    days: options.days === undefined ? undefined : whole('days', options.days, 1, 366),
    settings: {
      loadPerReplica: positive('capacity', options.capacity),
      minReplicas,
      maxReplicas: whole('max-replicas', options['max-replicas'], minReplicas, 10_000),
      leadMinutes: whole('lead-minutes', options['lead-minutes'], 1, 60),
      timeZone: knownTimeZone(options['time-zone']),
    },
    pricePerReplicaHour:
      options['price-per-replica-hour'] === undefined
        ? undefined
        : positive('price-per-replica-hour', options['price-per-replica-hour']),
    report: options.report,
    predictions: options.predictions,
    jobs: whole('jobs', options.jobs, 1, 64),
    json: options.json,
  };
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && text.trim() !== '' && value >= least && value <= most) return value;
  throw new UsageError(`--${name} must be a whole number between ${least} and ${most}, got ${text}`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`--${name} must be a number above 0, got ${text}`);
}

function knownTimeZone(name: string): string {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return name;
  } catch (error) {
    throw new UsageError(`--time-zone must be an IANA name such as Europe/Berlin, got ${name}`, {
      cause: error,
    });
  }
}
