import type { LoadSample } from '../../lambda/predictive-scaler/types';
import { MONTH_DAYS } from '../../lib/config/storage-budget';
import { UsageError } from '../cli/command';

const DAY_SECONDS = 86_400;
const HOUR_MINUTES = 60;

/** Steps above this width hide peaks, minutes. */
const COARSE_MINUTES = 10;

/** What sizes follow from in a history of traffic. Rates are requests per second. */
export interface LoadShape {
  readonly mean: number;
  /** Highest load of a step. */
  readonly peak: number;
  /** Start of that step, minutes since 1970-01-01 UTC. */
  readonly peakMinute: number;
  /** Highest mean of an hour on the clock (UTC). */
  readonly busiestHour: number;
  /** Requests of a mean day. */
  readonly perDay: number;
  /** Requests of a mean month. */
  readonly perMonth: number;
  /** Days from the first to the last step. */
  readonly days: number;
  /** Width of a step, minutes. */
  readonly stepMinutes: number;
  /** Whether steps are so wide that peaks within them are not seen. */
  readonly isCoarse: boolean;
}

/**
 * @param samples sorted by time, requests per second
 * @param growth factor on all loads
 * @throws UsageError where no load is above 0
 */
export function loadShape(samples: readonly LoadSample[], stepMinutes: number, growth = 1): LoadShape {
  const peak = samples.reduce(
    (most, next) => (next.load > most.load ? next : most),
    samples[0] as LoadSample,
  );
  if (!(peak?.load > 0)) throw new UsageError('--trace must have a load above 0, got none');
  const mean = (growth * samples.reduce((sum, { load }) => sum + load, 0)) / samples.length;
  const last = samples.at(-1)?.minute ?? 0;
  return {
    mean,
    peak: growth * peak.load,
    peakMinute: peak.minute,
    busiestHour: growth * busiestHour(samples),
    perDay: Math.ceil(mean * DAY_SECONDS),
    perMonth: Math.ceil(mean * DAY_SECONDS * MONTH_DAYS),
    days: (last + stepMinutes - (samples[0]?.minute ?? 0)) / (24 * HOUR_MINUTES),
    stepMinutes,
    isCoarse: stepMinutes > COARSE_MINUTES,
  };
}

function busiestHour(samples: readonly LoadSample[]): number {
  const hours = new Map<number, { sum: number; count: number }>();
  for (const { minute, load } of samples) {
    const hour = Math.floor(minute / HOUR_MINUTES);
    const cell = hours.get(hour) ?? { sum: 0, count: 0 };
    hours.set(hour, { sum: cell.sum + load, count: cell.count + 1 });
  }
  return [...hours.values()].reduce((most, { sum, count }) => Math.max(most, sum / count), 0);
}
