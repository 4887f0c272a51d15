import { duration } from './duration.ts';
import type { Parameters } from './parameters.ts';
import { scenarioThresholds, type Thresholds } from './thresholds.ts';

/** Share of the requests that all users would send while all are there, below which they were not. */
const ENOUGH = 0.9;

/** A closed model of users who come bit by bit. */
interface UsersScenario {
  executor: 'ramping-vus';
  exec: 'user';
  startTime: string;
  startVUs: number;
  stages: { duration: string; target: number }[];
  gracefulRampDown: string;
  gracefulStop: string;
}

/**
 * Users at the same time: a closed model, for who waits for an answer sends nothing. A user runs the script's `user`.
 * @param startMs when they come, before its scale
 */
export function users(
  startMs: number,
  times: { rampMs: number; durationMs: number },
  parameters: Parameters,
): { scenarios: Record<string, UsersScenario>; thresholds: Thresholds } {
  const target = Math.round(parameters.users * parameters.rateScale);
  if (target === 0) return { scenarios: {}, thresholds: {} };
  const { timeScale, timeoutMs } = parameters;
  return {
    scenarios: {
      users: {
        executor: 'ramping-vus',
        exec: 'user',
        startTime: duration(startMs * timeScale),
        startVUs: 0,
        stages: [
          { duration: duration(times.rampMs * timeScale), target },
          { duration: duration(times.durationMs * timeScale), target },
        ],
        gracefulRampDown: '0s',
        gracefulStop: duration(timeoutMs),
      },
    },
    thresholds: scenarioThresholds(
      {
        scenario: 'users',
        startMs,
        atFullLoad: true,
        leastRequests: leastOf(
          (target * times.durationMs * timeScale) / (parameters.thinkSeconds * 1000 + parameters.p99Ms),
        ),
      },
      parameters,
    ),
  };
}

/** Requests below which users were missing, of `expected`; pauses are random, so that few requests say little. */
function leastOf(expected: number): number {
  return Math.max(1, Math.floor(ENOUGH * expected - 4 * Math.sqrt(expected)));
}
