import type { LoadSample } from '../types';
import type { LoadQuery } from './metrics-source';
import type { StepValues } from './step-values';

/**
 * CloudWatch's points of the last minutes are still growing: services send a minute's numbers some seconds after it,
 * a load balancer from several nodes one by one. A sum that lacks a node looks like a load that falls.
 */
export const SETTLE_MINUTES = 2;

/**
 * Silence has to last longer before it means zero: the metric that is always there may just have come first.
 * Shorter than the gate's patience with old samples, or an idle service would never be scaled.
 */
export const SILENCE_MINUTES = 5;

/**
 * Samples of the steps whose load is known: what was measured; zero where nothing was and `alwaysOn` has a point; none
 * where neither has, or where the step may still change.
 * @param alwaysOn undefined: silence means nothing
 */
export function loadSamples(query: LoadQuery, load: StepValues, alwaysOn?: StepValues): LoadSample[] {
  const { stepMinutes, untilMinute } = query;
  const samples: LoadSample[] = [];
  for (
    let minute = firstStep(query);
    minute + stepMinutes + SETTLE_MINUTES <= untilMinute;
    minute += stepMinutes
  ) {
    const measured = load.get(minute) * query.load.scale;
    if (measured >= 0 && Number.isFinite(measured)) samples.push({ minute, load: measured });
    else if (isSilence(query, minute, load, alwaysOn)) samples.push({ minute, load: 0 });
  }
  return samples;
}

function isSilence(
  { stepMinutes, untilMinute }: LoadQuery,
  minute: number,
  load: StepValues,
  alwaysOn: StepValues | undefined,
): boolean {
  if (!alwaysOn || Number.isNaN(alwaysOn.get(minute)) || !Number.isNaN(load.get(minute))) return false;
  return minute + stepMinutes + SILENCE_MINUTES <= untilMinute;
}

/** Whether there is anything to ask for yet. */
export function hasSettledStep(query: LoadQuery): boolean {
  return firstStep(query) + query.stepMinutes + SETTLE_MINUTES <= query.untilMinute;
}

function firstStep({ fromMinute, stepMinutes }: LoadQuery): number {
  return Math.ceil(fromMinute / stepMinutes) * stepMinutes;
}
