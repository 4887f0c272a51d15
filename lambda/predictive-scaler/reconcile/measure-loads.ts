import type { WorkloadSettings } from '../constants';
import { type LoadQuery, MetricsFailure } from '../metrics/metrics-source';
import { HISTORY_MINUTES } from '../state/stored-history';
import type { WorkloadState } from '../state/workload-state';
import type { LoadSample } from '../types';
import type { Run } from './run';

/**
 * What every run reads anew, minutes: points that came late replace what was read of them, and one request has this
 * much of all workloads.
 */
export const OVERLAP_MINUTES = 180;

export type Measured = readonly LoadSample[] | MetricsFailure;

/** The last hours of all workloads, by name. */
export function measureRecent(
  workloads: readonly WorkloadSettings[],
  run: Run,
): Promise<ReadonlyMap<string, Measured>> {
  const fromMinute = run.originMinute - OVERLAP_MINUTES;
  return run.metricsSource.measure(workloads.map((settings) => queryOf(settings, fromMinute, run)));
}

/** Everything since what is kept: all that there is for a new state, what an outage left out for an old one. */
export async function catchUp(
  settings: WorkloadSettings,
  recent: Measured,
  state: WorkloadState | undefined,
  run: Run,
): Promise<Measured> {
  if (recent instanceof MetricsFailure) return recent;
  const windowStart = run.originMinute - OVERLAP_MINUTES;
  const measuredUntil = state?.measuredUntil ?? Number.NEGATIVE_INFINITY;
  // Ten minutes, in which points settle.
  if (measuredUntil - 10 >= windowStart && measuredUntil <= run.nowMinute) return recent;
  const earliest = run.originMinute - HISTORY_MINUTES;
  const fromMinute = Math.max(earliest, Math.min(measuredUntil - OVERLAP_MINUTES, windowStart));
  const measured = await run.metricsSource.measure([queryOf(settings, Math.floor(fromMinute / 5) * 5, run)]);
  return measured.get(settings.name) ?? [];
}

function queryOf(
  { name, load, alwaysOn, stepMinutes }: WorkloadSettings,
  fromMinute: number,
  { nowMinute }: Run,
): LoadQuery {
  return { name, load, alwaysOn, stepMinutes, fromMinute, untilMinute: nowMinute };
}
