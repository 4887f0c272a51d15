import type { LoadSample } from '../types';
import type { LoadQuery } from './metrics-source';
import type { StepValues } from './step-values';

/**
 * Time until a data point is final, minutes. Services publish a minute's numbers some seconds later, and the nodes of a
 * load balancer one by one: a sum without one of the nodes looks like a decreasing load.
 */
export const SETTLE_MINUTES = 2;

/**
 * Time until a missing point counts as zero, minutes. It is longer, because the always-on metric may arrive first, and
 * shorter than the gate's limit for stale data, so that idle services can still be scaled.
 */
export const SILENCE_MINUTES = 5;

/**
 * Samples of the steps with a known load: the measured value, or zero if only `alwaysOn` has a point. A step without
 * either, or one that may still change, has no sample.
 * @param alwaysOn undefined: a missing point always means an unknown load
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

/** Whether the query covers at least one final step. */
export function hasSettledStep(query: LoadQuery): boolean {
  return firstStep(query) + query.stepMinutes + SETTLE_MINUTES <= query.untilMinute;
}

function firstStep({ fromMinute, stepMinutes }: LoadQuery): number {
  return Math.ceil(fromMinute / stepMinutes) * stepMinutes;
}
