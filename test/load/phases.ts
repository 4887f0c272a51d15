import { duration } from './duration.ts';
import type { Parameters } from './parameters.ts';
import { scenarioThresholds, type Thresholds } from './thresholds.ts';

/** A stretch of load: its rate goes from one value to another, or stays. */
export interface Phase {
  /** Name of its scenario, and so of the tag by which its requests are judged. */
  readonly name: string;
  /** Requests per second, whole numbers, at its start and at its end. */
  readonly from: number;
  readonly to: number;
  /** ms, before its scale. */
  readonly durationMs: number;
  /** Whether all objectives count; errors always do. */
  readonly judged: boolean;
  /** Ends the test when an objective is missed this long after the phase's start, ms. @default - never */
  readonly abortAfterMs?: number;
  /** Whether the test goes on when most requests fail. @default false: it ends */
  readonly goesOn?: boolean;
}

/** An open model: what starts does not wait for what has not ended, so a slow server gets no rest. */
type ArrivalScenario = {
  startTime: string;
  gracefulStop: string;
  preAllocatedVUs: number;
  maxVUs: number;
} & (
  | { executor: 'constant-arrival-rate'; rate: number; duration: string }
  | { executor: 'ramping-arrival-rate'; startRate: number; stages: { duration: string; target: number }[] }
);

/**
 * Phases one after another, each a scenario with thresholds of its own.
 * @returns with the time at which the last one ends, ms, before its scale
 */
export function chain(phases: readonly Phase[], parameters: Parameters) {
  const scenarios: Record<string, ArrivalScenario> = {};
  const thresholds: Thresholds = {};
  let startMs = 0;
  for (const phase of phases) {
    const { name, from, to, durationMs, judged, abortAfterMs, goesOn } = phase;
    scenarios[name] = arrivals(phase, startMs, parameters);
    const requests = (((from + to) / 2) * durationMs * parameters.timeScale) / 1000;
    Object.assign(
      thresholds,
      scenarioThresholds(
        // k6 starts one more or less at the edges of a scenario.
        {
          scenario: name,
          startMs,
          atFullLoad: judged,
          leastRequests: Math.floor(0.99 * requests) - 1,
          abortAfterMs,
          goesOn,
        },
        parameters,
      ),
    );
    startMs += durationMs;
  }
  return { scenarios, thresholds, endMs: startMs };
}

/** Requests per second, scaled: a whole number, at least 1. */
export function rateOf({ requestsPerSecond, rateScale }: Parameters, share = 1): number {
  return Math.max(1, Math.round(requestsPerSecond * rateScale * share));
}

function arrivals({ from, to, durationMs }: Phase, startMs: number, parameters: Parameters): ArrivalScenario {
  const { p99Ms, timeoutMs, timeScale } = parameters;
  // Little's law: users that are busy at once where every request takes as long as the slowest may.
  const busy = Math.ceil((Math.max(from, to) * p99Ms) / 1000);
  const common = {
    startTime: duration(startMs * timeScale),
    gracefulStop: duration(timeoutMs),
    preAllocatedVUs: busy,
    maxVUs: 2 * busy,
  };
  const length = duration(durationMs * timeScale);
  return from === to
    ? { executor: 'constant-arrival-rate', rate: to, duration: length, ...common }
    : {
        executor: 'ramping-arrival-rate',
        startRate: from,
        stages: [{ duration: length, target: to }],
        ...common,
      };
}
