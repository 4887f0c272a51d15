import { DAY_MINUTES } from '../model/calendar';
import { type LoadHistory, loadHistory } from '../model/load-history';
import type { LoadSample } from '../types';

/** A service's measured load, and the days that a backtest scores. Moments are minutes since 1970-01-01 UTC. */
export interface Trace {
  /** Name in reports. */
  readonly name: string;
  /** Mean load of each step, in any order; of several samples for one step the last in the list counts. */
  readonly samples: readonly LoadSample[];
  /** Width of a sample, minutes. */
  readonly stepMinutes: number;
  /** Time between two forecasts, minutes. */
  readonly cadenceMinutes: number;
  /** Times from the origin to the forecast bins, minutes, shortest first. */
  readonly horizonsMinutes: readonly number[];
  /** First origin. */
  readonly startMinute: number;
  /** End of the scored days. */
  readonly endMinute: number;
  /** Whether the steps are short enough to simulate scaling minute by minute. */
  readonly simulatesScaling: boolean;
}

/** Origins of the forecasts, oldest first; all forecast bins end within the scored days. */
export function originsOf(trace: Trace): number[] {
  const { startMinute, endMinute, stepMinutes, cadenceMinutes, horizonsMinutes } = trace;
  const binMinutes = Math.max(5, stepMinutes);
  const furthest = Math.floor(Math.max(...horizonsMinutes) / binMinutes) * binMinutes + binMinutes;
  const count = Math.max(0, Math.floor((endMinute - furthest - startMinute) / cadenceMinutes) + 1);
  return Array.from({ length: count }, (_, index) => startMinute + index * cadenceMinutes);
}

/** The whole history from the first day on; forecasts must cut it off at their origin. */
export function historyOf({ samples, stepMinutes, endMinute }: Trace): LoadHistory {
  const first = samples.reduce((least, { minute }) => Math.min(least, minute), Number.POSITIVE_INFINITY);
  return loadHistory(samples, stepMinutes, startOfDay(first), endMinute + DAY_MINUTES);
}

/**
 * Load of each minute of the scored days. Wider steps are interpolated linearly between their middles; NaN in steps
 * that were not measured.
 */
export function minuteLoads({ samples, stepMinutes, startMinute, endMinute }: Trace): Float64Array {
  const byStep = new Map<number, number>();
  for (const { minute, load } of samples) {
    if (Number.isFinite(load) && load >= 0) byStep.set(Math.floor(minute / stepMinutes), load);
  }
  const steps = [...byStep.keys()].sort((a, b) => a - b);
  const loads = new Float64Array(Math.max(0, endMinute - startMinute)).fill(Number.NaN);
  let next = 0; // first step whose middle is not before the minute's
  loads.forEach((_, index) => {
    const step = Math.floor((startMinute + index) / stepMinutes);
    const own = byStep.get(step);
    if (own === undefined) return;
    const middle = (startMinute + index + 0.5) / stepMinutes - 0.5; // in steps
    while (next < steps.length && (steps[next] as number) < middle) next += 1;
    const after = steps[next];
    const before = after === middle ? after : steps[next - 1];
    loads[index] = interpolate(byStep, before, after, middle) ?? own;
  });
  return loads;
}

function startOfDay(minute: number): number {
  return Math.floor(minute / DAY_MINUTES) * DAY_MINUTES;
}

/** Linear interpolation between two known steps; constant beyond the first and the last. */
function interpolate(
  loads: ReadonlyMap<number, number>,
  before: number | undefined,
  after: number | undefined,
  middle: number,
): number | undefined {
  if (before === undefined || after === undefined) return loads.get((before ?? after) as number);
  const [low, high] = [loads.get(before) as number, loads.get(after) as number];
  return before === after ? low : low + ((high - low) * (middle - before)) / (after - before);
}
