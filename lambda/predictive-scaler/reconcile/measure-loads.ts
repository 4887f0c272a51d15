import type { WorkloadSettings } from '../constants';
import { type LoadQuery, type LoadsOrFailure, MetricsFailure } from '../metrics/metrics-source';
import { HISTORY_MINUTES } from '../state/stored-history';
import type { WorkloadState } from '../state/workload-state';
import type { Run } from './run';

/**
 * History that every run reads again, minutes: late data points replace earlier values. One request covers this much of
 * all workloads.
 */
export const OVERLAP_MINUTES = 180;

/** Time after which data points no longer change, minutes. */
const SETTLING_MINUTES = 10;

/** Loads of the last hours of all workloads, by name. */
export function measureRecent(
  workloads: readonly WorkloadSettings[],
  run: Run,
): Promise<ReadonlyMap<string, LoadsOrFailure>> {
  const fromMinute = run.originMinute - OVERLAP_MINUTES;
  return run.metricsSource.measure(workloads.map((settings) => queryOf(settings, fromMinute, run)));
}

/** All loads that the state does not have yet: the whole history for a new state, a gap after an outage. */
export async function catchUp(
  settings: WorkloadSettings,
  recent: LoadsOrFailure,
  state: WorkloadState | undefined,
  run: Run,
): Promise<LoadsOrFailure> {
  if (recent instanceof MetricsFailure) return recent;
  const windowStart = run.originMinute - OVERLAP_MINUTES;
  const measuredUntil = state?.measuredUntil ?? Number.NEGATIVE_INFINITY;
  if (measuredUntil - SETTLING_MINUTES >= windowStart && measuredUntil <= run.nowMinute) return recent;
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
