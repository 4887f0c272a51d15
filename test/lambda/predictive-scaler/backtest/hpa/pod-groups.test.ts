import type { PodMetricSpec } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-spec';
import type { PodObservation } from '../../../../../lambda/predictive-scaler/backtest/hpa/observation';
import { groupPods } from '../../../../../lambda/predictive-scaler/backtest/hpa/pod-groups';
import { toMilli } from '../../../../../lambda/predictive-scaler/backtest/hpa/quantities';
import { DEFAULT_CONTROLLER_SETTINGS } from '../../../../../lambda/predictive-scaler/backtest/hpa/resolve-hpa-spec';
import { cpu, NOW, pod, requests } from './fixtures';

const MEMORY: PodMetricSpec = {
  type: 'Resource',
  name: 'memory',
  target: { type: 'AverageValue', averageValue: 1 },
};

/** A pod with a sample of everything, taken now. */
function sampled(changes: Partial<PodObservation>, takenAtSeconds = NOW): PodObservation {
  const sample = { value: 1, takenAtSeconds, windowSeconds: 30 };
  return pod({
    usage: { cpu: sample, memory: sample },
    metrics: { requests_per_second: 1, cpu: 1 },
    ...changes,
  });
}

function groupOf(metric: PodMetricSpec, onePod: PodObservation): string {
  const { ready, unready, missing } = groupPods(metric, [onePod], NOW, DEFAULT_CONTROLLER_SETTINGS);
  if (ready.count) return 'ready';
  if (unready.count) return 'unready';
  return missing.count ? 'missing' : 'ignored';
}

/** Started so many seconds ago; ready or not since so many seconds after its start. */
function startedAgo(seconds: number, status: 'True' | 'False' | 'Unknown', changedAfter: number) {
  const startedAtSeconds = NOW - seconds;
  return { startedAtSeconds, readiness: { status, changedAtSeconds: startedAtSeconds + changedAfter } };
}

describe('a pod is', () => {
  it.each<[string, PodMetricSpec, PodObservation, string]>([
    ['ignored while it is deleted', cpu(50), sampled({ deleting: true }), 'ignored'],
    ['ignored once it failed', requests(100), sampled({ phase: 'Failed' }), 'ignored'],
    [
      'ignored rather than unready: pending and deleted',
      cpu(50),
      sampled({ phase: 'Pending', deleting: true }),
      'ignored',
    ],
    ['unready while pending, whatever the metric', requests(100), sampled({ phase: 'Pending' }), 'unready'],
    ['missing without a sample', cpu(50), pod(), 'missing'],
    ['missing rather than unready: not ready, no sample', cpu(50), pod(startedAgo(5, 'False', 0)), 'missing'],
    ['missing once it succeeded', requests(100), pod({ phase: 'Succeeded' }), 'missing'],
    ['ready with a sample', cpu(50), sampled({}), 'ready'],
    // Within 300 s of the start.
    ['unready at 299 s, NotReady', cpu(50), sampled(startedAgo(299, 'False', 60)), 'unready'],
    [
      'ready at 300 s, NotReady since 60 s: would be unready',
      cpu(50),
      sampled(startedAgo(300, 'False', 60)),
      'ready',
    ],
    [
      'ready at 299 s, status unknown: would be unready',
      cpu(50),
      sampled(startedAgo(299, 'Unknown', 60)),
      'ready',
    ],
    [
      'unready at 299 s, sample 1 s short of a window after it became ready',
      cpu(50),
      sampled(startedAgo(299, 'True', 60), NOW - 299 + 60 + 29),
      'unready',
    ],
    [
      'ready at 299 s, sample a whole window after it became ready: would be unready',
      cpu(50),
      sampled(startedAgo(299, 'True', 60), NOW - 299 + 60 + 30),
      'ready',
    ],
    // Later.
    [
      'unready later, NotReady 29 s after its start',
      cpu(50),
      sampled(startedAgo(5000, 'False', 29)),
      'unready',
    ],
    [
      'ready later, NotReady 30 s after its start: would be unready',
      cpu(50),
      sampled(startedAgo(5000, 'False', 30)),
      'ready',
    ],
    ['ready later, old sample', cpu(50), sampled(startedAgo(5000, 'True', 29), NOW - 5000), 'ready'],
    ['unready without a Ready condition', cpu(50), sampled({ readiness: null }), 'unready'],
    ['unready without a start', cpu(50), sampled({ startedAtSeconds: null }), 'unready'],
    // CPU only.
    ['ready for memory', MEMORY, sampled(startedAgo(5, 'False', 0)), 'ready'],
    ['ready for a Pods metric', requests(100), sampled({ readiness: null, startedAtSeconds: null }), 'ready'],
    [
      'ready for a Pods metric that is called cpu',
      { ...requests(100), name: 'cpu' },
      sampled(startedAgo(5, 'False', 0)),
      'ready',
    ],
  ])('%s', (_, metric, onePod, expected) => {
    expect(groupOf(metric, onePod)).toBe(expected);
  });

  it('unready for as long as the flags say', () => {
    const flags = {
      ...DEFAULT_CONTROLLER_SETTINGS,
      cpuInitializationSeconds: 10,
      initialReadinessDelaySeconds: 5,
    };
    const onePod = sampled(startedAgo(10, 'False', 5));
    expect(groupPods(cpu(50), [onePod], NOW, flags).ready.count).toBe(1); // would be unready by the defaults
  });
});

describe('toMilli', () => {
  it.each([
    [16.1, 16_100], // would be 16,101 if the double's surplus were rounded up
    [0.0001, 1],
    [1.0005, 1001],
    [1.005, 1005],
    [0, 0],
  ])('of %d is %d, rounded up', (value, milli) => expect(toMilli(value)).toBe(milli));
});
