import type {
  ScalingPolicy,
  ScalingRules,
} from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-spec';
import { FRESH_STATE } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-state';
import { resolveHpaSpec } from '../../../../../lambda/predictive-scaler/backtest/hpa/resolve-hpa-spec';
import { limitReplicas } from '../../../../../lambda/predictive-scaler/backtest/hpa/scaling-limits';
import { NOW } from './fixtures';

const pods = (value: number, periodSeconds = 60): ScalingPolicy => ({ type: 'Pods', value, periodSeconds });
const percent = (value: number, periodSeconds = 60): ScalingPolicy => ({
  type: 'Percent',
  value,
  periodSeconds,
});

interface Case {
  readonly policies: ScalingPolicy[];
  readonly select?: ScalingRules['selectPolicy'];
  readonly current: number;
  /** Changes so far: [age in seconds, pods], pods below 0 removed. */
  readonly events?: [ageSeconds: number, change: number][];
  readonly expected: number;
}

/** The limit of one sync that wants 1000 replicas, or 1. */
function limitOf(direction: 'up' | 'down', { policies, select, current, events = [] }: Case) {
  const rules = { policies, selectPolicy: select };
  const spec = resolveHpaSpec({
    minReplicas: 1,
    maxReplicas: 1000,
    behavior: { scaleUp: rules, scaleDown: rules },
  });
  const eventsOf = (sign: number) =>
    events
      .filter(([, change]) => Math.sign(change) === sign)
      .map(([age, change]) => ({ change: Math.abs(change), atSeconds: NOW - age }));
  const state = { ...FRESH_STATE, scaleUps: eventsOf(1), scaleDowns: eventsOf(-1) };
  return limitReplicas(state, spec, current, direction === 'up' ? 1000 : 1, NOW).replicas;
}

describe('up', () => {
  it.each<[string, Case]>([
    ['Pods adds its value', { policies: [pods(4)], current: 10, expected: 14 }],
    ['Percent rounds up: would be 3', { policies: [percent(10)], current: 3, expected: 4 }],
    ['Percent reckons in doubles: would be 110', { policies: [percent(10)], current: 100, expected: 111 }],
    [
      'Max takes the larger change: would be 14',
      { policies: [pods(4), percent(100)], current: 10, expected: 20 },
    ],
    [
      'Min takes the smaller: would be 20',
      { policies: [pods(4), percent(100)], select: 'Min', current: 10, expected: 14 },
    ],
    [
      'Disabled takes none: would be 14',
      { policies: [pods(4)], select: 'Disabled', current: 10, expected: 10 },
    ],
    [
      'added pods use the budget: would be 14',
      { policies: [pods(4)], current: 10, events: [[30, 3]], expected: 11 },
    ],
    ['59 s is within 60: would be 14', { policies: [pods(4)], current: 10, events: [[59, 4]], expected: 10 }],
    ['60 s is not: would be 10', { policies: [pods(4)], current: 10, events: [[60, 4]], expected: 14 }],
    [
      'removed pods give some back: would be 14',
      { policies: [pods(4)], current: 10, events: [[30, -5]], expected: 19 },
    ],
    [
      'Percent is of the start: would be 20',
      { policies: [percent(100)], current: 10, events: [[5, 4]], expected: 12 },
    ],
    [
      'each policy has its own period: would be 12 of the longer alone',
      { policies: [pods(4, 15), percent(20, 60)], current: 10, events: [[30, 4]], expected: 14 },
    ],
    [
      'never down when more was added: would be 6',
      { policies: [pods(4)], current: 10, events: [[5, 8]], expected: 10 },
    ],
  ])('%s', (_, example) => expect(limitOf('up', example)).toBe(example.expected));
});

describe('down', () => {
  it.each<[string, Case]>([
    ['Pods removes its value', { policies: [pods(4)], current: 10, expected: 6 }],
    ['Percent is cut off: would be 3 if rounded up', { policies: [percent(10)], current: 3, expected: 2 }],
    ['Percent reckons in doubles: would be 10', { policies: [percent(90)], current: 100, expected: 9 }],
    [
      'Max takes the larger change: would be 6',
      { policies: [pods(4), percent(50)], current: 10, expected: 5 },
    ],
    [
      'Min takes the smaller: would be 5',
      { policies: [pods(4), percent(50)], select: 'Min', current: 10, expected: 6 },
    ],
    [
      'Disabled takes none: would be 6',
      { policies: [pods(4)], select: 'Disabled', current: 10, expected: 10 },
    ],
    [
      'removed pods use the budget: would be 6',
      { policies: [pods(4)], current: 10, events: [[30, -3]], expected: 9 },
    ],
    ['59 s is within 60: would be 6', { policies: [pods(4)], current: 10, events: [[59, -4]], expected: 10 }],
    ['60 s is not: would be 10', { policies: [pods(4)], current: 10, events: [[60, -4]], expected: 6 }],
    [
      'added pods give some back: would be 6',
      { policies: [pods(4)], current: 10, events: [[30, 3]], expected: 3 },
    ],
    [
      'never up when more was removed: would be 14',
      { policies: [pods(4)], current: 10, events: [[5, -8]], expected: 10 },
    ],
    ['never below min', { policies: [pods(50)], current: 10, expected: 1 }],
  ])('%s', (_, example) => expect(limitOf('down', example)).toBe(example.expected));
});

describe('the limit that cut is named', () => {
  const rules = { policies: [pods(4)] };
  const spec = resolveHpaSpec({
    minReplicas: 5,
    maxReplicas: 20,
    behavior: { scaleUp: rules, scaleDown: rules },
  });
  it.each([
    [10, 12, 12, null],
    [10, 10, 10, null],
    [10, 15, 14, 'scale-up-limited'],
    [18, 30, 20, 'limited-to-max'],
    [10, 5, 6, 'scale-down-limited'],
    [7, 1, 5, 'limited-to-min'],
  ])('from %d to %d', (current, wanted, replicas, limit) => {
    expect(limitReplicas(FRESH_STATE, spec, current, wanted, NOW)).toEqual({ replicas, limit });
  });
});

describe('without behavior', () => {
  const spec = resolveHpaSpec({ minReplicas: 2, maxReplicas: 50 });
  const used = { ...FRESH_STATE, scaleUps: [{ change: 9, atSeconds: NOW }] };
  it.each([
    ['up to twice current: would be 14 with default rules', 10, 40, 20, 'scale-up-limited'],
    ['up to 4 from less than 2', 1, 40, 4, 'scale-up-limited'],
    ['up to max', 30, 60, 50, 'limited-to-max'],
    ['down at any pace', 50, 3, 3, null],
    ['down to min', 50, 1, 2, 'limited-to-min'],
  ])('%s', (_, current, wanted, replicas, limit) => {
    expect(limitReplicas(used, spec, current, wanted, NOW)).toEqual({ replicas, limit });
  });

  it('has the factor and the minimum of the flags', () => {
    const flags = { scaleUpLimitFactor: 1.5, scaleUpLimitMinimum: 6 };
    const slow = resolveHpaSpec({ maxReplicas: 50 }, flags);
    expect(limitReplicas(FRESH_STATE, slow, 11, 40, NOW).replicas).toBe(16); // would be 22 by the factor of 2
    expect(limitReplicas(FRESH_STATE, slow, 2, 40, NOW).replicas).toBe(6); // would be 4 by the default minimum
  });
});
