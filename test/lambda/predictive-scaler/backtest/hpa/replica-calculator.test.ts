import type { MetricSpec } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-spec';
import type { Observation } from '../../../../../lambda/predictive-scaler/backtest/hpa/observation';
import { proposeReplicas } from '../../../../../lambda/predictive-scaler/backtest/hpa/replica-calculator';
import { resolveHpaSpec } from '../../../../../lambda/predictive-scaler/backtest/hpa/resolve-hpa-spec';
import { busy, cpu, NOW, pending, pod, requests, rules, silent } from './fixtures';

/** What one metric asks for: replicas and why, or the error. */
function ask(metric: MetricSpec, observation: Observation, tolerance?: { up: number; down: number }) {
  const behavior = tolerance && {
    scaleUp: rules({ tolerance: tolerance.up }),
    scaleDown: rules({ tolerance: tolerance.down }),
  };
  const spec = resolveHpaSpec({ maxReplicas: 1000, metrics: [metric], behavior });
  const [outcome] = proposeReplicas(spec, NOW, observation);
  if (!outcome) throw new Error('one metric has one outcome');
  return outcome.status === 'valid' ? `${outcome.replicas} ${outcome.basis}` : outcome.error;
}

describe('metrics of pods ask for', () => {
  const deleting = { deleting: true };
  const failed = { phase: 'Failed' } as const;
  it.each<[string, MetricSpec, number, Observation['pods'], string]>([
    ['the ratio times ready pods', cpu(50), 3, busy(3, 1), '6 ratio'],
    ['the ratio times ready pods: would be 8 if current counted', cpu(50), 4, busy(3, 1), '6 ratio'],
    ['whole pods, rounded up: would be 3 if rounded', cpu(50), 2, busy(2, 0.63), '3 ratio'],
    // Whole numbers before the ratio.
    ['77 of 77.9 %: would be 4 if not cut off', cpu(70), 3, busy(3, 0.779), '3 within-tolerance'],
    [
      '110.000 of 110.0007 a pod: would be 4 if not cut off',
      requests(100),
      3,
      [...busy(2, 110), ...busy(1, 110.002)],
      '3 within-tolerance',
    ],
    // Tolerance, both edges inclusive.
    ['current at 1 + tolerance: would be 11 if outside', cpu(100), 10, busy(10, 1.1), '10 within-tolerance'],
    ['more just above it: would be 10 if inside', cpu(100), 10, busy(10, 1.11), '12 ratio'],
    ['current at 1 - tolerance: would be 9 if outside', cpu(100), 10, busy(10, 0.9), '10 within-tolerance'],
    ['fewer just below it: would be 10 if inside', cpu(100), 10, busy(10, 0.899), '9 ratio'],
    // Ignored pods.
    [
      'nothing for deleted pods: would be 10',
      cpu(50),
      3,
      [...busy(3, 1), ...busy(2, 1, deleting)],
      '6 ratio',
    ],
    ['nothing for failed pods: would be 10', cpu(50), 3, [...busy(3, 1), ...busy(2, 1, failed)], '6 ratio'],
    // Unready pods.
    [
      'current with a pending pod at 0: would be 12 without it',
      cpu(50),
      11,
      [...busy(10, 0.6), ...pending(1)],
      '11 within-tolerance',
    ],
    [
      'current if pending pods turn the direction: would be 12',
      cpu(50),
      14,
      [...busy(10, 0.6), ...pending(4)],
      '14 direction-kept',
    ],
    [
      'fewer without pending pods: would be 8 if they counted as 0',
      cpu(50),
      30,
      [...busy(10, 0.41), ...pending(20)],
      '9 ratio',
    ],
    [
      'current with a pending pod, requests too: would be 12',
      requests(100),
      11,
      [...busy(10, 120), ...pending(1)],
      '11 within-tolerance',
    ],
    // Missing samples.
    [
      'fewer with silent pods at their request: would be 6 without them',
      cpu(50),
      12,
      [...busy(10, 0.3), ...silent(2)],
      '10 ratio',
    ],
    [
      'fewer with silent pods at a target above 100 %: would be 8 at the request',
      cpu(150),
      13,
      [...busy(10, 0.9), ...silent(3)],
      '9 ratio',
    ],
    [
      'fewer with silent pods at the target of a plain metric: would be 6 without them',
      requests(100),
      12,
      [...busy(10, 60), ...silent(2)],
      '8 ratio',
    ],
    [
      'current with silent pods at 0: would be 13 without them',
      requests(100),
      12,
      [...busy(10, 130), ...silent(2)],
      '12 within-tolerance',
    ],
    [
      'current if silent pods turn the direction: would be 13',
      requests(100),
      15,
      [...busy(10, 130), ...silent(5)],
      '15 direction-kept',
    ],
    [
      'current with silent pods exactly at the target: would be 20 with them at their request',
      cpu(50),
      15,
      [...busy(10, 0.5), ...silent(5)],
      '15 within-tolerance',
    ],
    [
      'current if silent pods at their request turn the direction: would be 13',
      cpu(50),
      8,
      [...busy(3, 0.4), ...silent(5)],
      '8 direction-kept',
    ],
    [
      'the new ratio times all pods counted: would be 17 from the 10 with samples',
      cpu(50),
      12,
      [...busy(10, 1), ...silent(1), ...pending(1)],
      '20 ratio',
    ],
    // Never against the direction, but only after the re-check.
    [
      'current if too few pods count to go up: would be 8',
      cpu(50),
      20,
      [...busy(5, 0.8), ...silent(1)],
      '20 direction-kept',
    ],
    [
      'current if too many pods count to go down: would be 4',
      cpu(50),
      2,
      [...busy(5, 0.2), ...silent(1)],
      '2 direction-kept',
    ],
    ['fewer although above target, without re-check: would be 20', cpu(50), 20, busy(5, 0.8), '8 ratio'],
    [
      'more although below target, for pending pods need no re-check there: would be 5',
      cpu(50),
      5,
      [...busy(10, 0.41), ...pending(1)],
      '9 ratio',
    ],
    // Errors.
    ['nothing without pods', cpu(50), 3, [], 'no-pods'],
    ['nothing without a sample', cpu(50), 3, silent(3), 'no-samples'],
    ['nothing while all pods are pending', requests(100), 3, pending(3), 'no-samples'],
    [
      'nothing without a request, even of a failed pod',
      cpu(50),
      3,
      [...busy(3, 1), pod({ phase: 'Failed', requests: {} })],
      'no-requests',
    ],
    ['nothing of requests for 0 cores', cpu(50), 3, busy(3, 1, { requests: { cpu: 0 } }), 'no-requests'],
    [
      'something without requests where none are needed',
      requests(100),
      3,
      busy(3, 200, { requests: {} }),
      '6 ratio',
    ],
  ])('%s', (_, metric, specReplicas, pods, expected) => {
    expect(ask(metric, { specReplicas, pods })).toBe(expected);
  });

  it('a resource at an average value, with the readiness rules of CPU', () => {
    const metric: MetricSpec = {
      type: 'Resource',
      name: 'cpu',
      target: { type: 'AverageValue', averageValue: 0.5 },
    };
    const starting = busy(2, 1, {
      startedAtSeconds: NOW - 10,
      readiness: { status: 'False', changedAtSeconds: NOW },
    });
    // Would be 10 if the starting pods' own burning counted.
    expect(ask(metric, { specReplicas: 5, pods: [...busy(3, 1), ...starting] })).toBe('6 ratio');
  });

  it.each([
    ['up', { up: 0.3, down: 0.1 }, 1.25, '10 within-tolerance'], // would be 13 at 0.1
    ['down', { up: 0.1, down: 0.3 }, 0.75, '10 within-tolerance'], // would be 8 at 0.1
    ['up only', { up: 0.3, down: 0.1 }, 0.75, '8 ratio'], // would be 10 if it held both ways
  ])('current within a tolerance of its own, %s', (_, tolerance, use, expected) => {
    expect(ask(cpu(100), { specReplicas: 10, pods: busy(10, use) }, tolerance)).toBe(expected);
  });
});

describe('metrics of the whole ask for', () => {
  const value = (type: 'Object' | 'External'): MetricSpec => ({
    type,
    name: 'queue',
    target: { type: 'Value', value: 100 },
  });
  const average = (type: 'Object' | 'External'): MetricSpec => ({
    type,
    name: 'queue',
    target: { type: 'AverageValue', averageValue: 100 },
  });
  const notReady = { readiness: { status: 'False', changedAtSeconds: NOW - 9 } } as const;

  it.each<
    [
      string,
      (type: 'Object' | 'External') => MetricSpec,
      number | undefined,
      Omit<Observation, 'objectValues'>,
      string,
    ]
  >([
    [
      'the ratio times ready pods: would be 12 if current counted',
      value,
      300,
      { specReplicas: 4, pods: [...busy(2, 1), ...busy(1, 1, notReady), ...pending(1)] },
      '6 ratio',
    ],
    [
      'the ratio times ready pods, with one that is being deleted: would be 3',
      value,
      300,
      { specReplicas: 1, pods: [...busy(1, 1), ...busy(1, 1, { deleting: true })] },
      '6 ratio',
    ],
    ['current within tolerance', value, 110, { specReplicas: 4, pods: busy(4, 1) }, '4 within-tolerance'],
    ['the ratio itself from 0', value, 250, { specReplicas: 0, pods: [] }, '3 ratio'],
    ['0 from 0 without any, for there is no tolerance', value, 0, { specReplicas: 0, pods: [] }, '0 ratio'],
    ['1 from 0 near the target', value, 95, { specReplicas: 0, pods: [] }, '1 ratio'],
    ['nothing without pods', value, 300, { specReplicas: 4, pods: [] }, 'no-pods'],
    ['the total by target, ready or not', average, 1250, { specReplicas: 5, pods: pending(5) }, '13 ratio'],
    [
      'status replicas within tolerance: would be 12 if the spec counted',
      average,
      1100,
      { specReplicas: 12, statusReplicas: 10, pods: busy(10, 1) },
      '10 within-tolerance',
    ],
    ['the total by target from 0', average, 150, { specReplicas: 0, pods: [] }, '2 ratio'],
    ['0 from 0 of nothing', average, 0, { specReplicas: 0, pods: [] }, '0 ratio'],
    ['nothing that cannot be read', value, undefined, { specReplicas: 4, pods: busy(4, 1) }, 'unavailable'],
  ])('%s', (_, metric, queue, observation, expected) => {
    const values: Record<string, number> = queue === undefined ? {} : { queue };
    expect(ask(metric('Object'), { ...observation, objectValues: values })).toBe(expected);
    expect(ask(metric('External'), { ...observation, externalValues: values })).toBe(expected);
  });
});

describe('counted pods', () => {
  it.each<[string, MetricSpec, number, number, number]>([
    ['CPU up', cpu(50), 4, 1, 0],
    ['CPU up with pending pods', cpu(50), 14, 0.6, 4],
    ['CPU down with pending pods', cpu(50), 30, 0.41, 20],
    ['requests up', requests(100), 4, 250, 0],
    ['requests within tolerance by a pending pod', requests(100), 11, 120, 1],
  ])('give what pods one by one give: %s', (_, metric, specReplicas, use, pendingPods) => {
    const readyPods = specReplicas - pendingPods;
    const total = { cpu: readyPods * use, requests_per_second: readyPods * use };
    const counted = {
      readyPods,
      pendingPods,
      requestPerPod: { cpu: 1 },
      totalUsage: total,
      totalMetrics: total,
    };
    const pods = [...busy(readyPods, use), ...pending(pendingPods)];
    expect(ask(metric, { specReplicas, pods: counted })).toBe(ask(metric, { specReplicas, pods }));
  });

  it.each<[string, MetricSpec, Observation['pods'], string]>([
    ['pods', requests(100), { readyPods: 0 }, 'no-pods'],
    [
      'ready pods',
      requests(100),
      { readyPods: 0, pendingPods: 2, totalMetrics: { requests_per_second: 0 } },
      'no-samples',
    ],
    ['a sample', requests(100), { readyPods: 2 }, 'no-samples'],
    ['a request', cpu(50), { readyPods: 2, totalUsage: { cpu: 1 } }, 'no-requests'],
  ])('fail without %s', (_, metric, pods, expected) => {
    expect(ask(metric, { specReplicas: 2, pods })).toBe(expected);
  });
});
