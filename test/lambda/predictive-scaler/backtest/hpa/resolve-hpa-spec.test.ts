import type { HpaSpec } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-spec';
import {
  DEFAULT_CONTROLLER_SETTINGS,
  resolveHpaSpec,
} from '../../../../../lambda/predictive-scaler/backtest/hpa/resolve-hpa-spec';
import { cpu, requests } from './fixtures';

describe('resolveHpaSpec', () => {
  it('fills in what the API server does', () => {
    expect(resolveHpaSpec({ maxReplicas: 9 })).toEqual({
      minReplicas: 1,
      maxReplicas: 9,
      metrics: [cpu(80)],
      behavior: null, // would be the default rules if the API server defaulted it
      controller: DEFAULT_CONTROLLER_SETTINGS,
    });
  });

  it('fills in rules of both directions once there is a behavior', () => {
    expect(resolveHpaSpec({ maxReplicas: 9, behavior: {} }).behavior).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
        tolerance: 0.1,
      },
      scaleDown: {
        stabilizationWindowSeconds: 300,
        selectPolicy: 'Max',
        policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
        tolerance: 0.1,
      },
    });
  });

  it('replaces policies rather than adding to them, and takes window and tolerance from the flags', () => {
    const policies = [{ type: 'Pods', value: 1, periodSeconds: 60 }] as const;
    const flags = { downscaleStabilizationSeconds: 90, tolerance: 0.2 };
    const { behavior } = resolveHpaSpec({ maxReplicas: 9, behavior: { scaleUp: { policies } } }, flags);
    expect(behavior?.scaleUp.policies).toEqual(policies);
    expect(behavior?.scaleDown).toMatchObject({ stabilizationWindowSeconds: 90, tolerance: 0.2 });
  });

  it.each<[string, HpaSpec]>([
    ['maxReplicas must be a whole number at least 1, got 0', { maxReplicas: 0, minReplicas: 0 }],
    ['minReplicas must be a whole number between 0 and 50, got 60', { maxReplicas: 50, minReplicas: 60 }],
    ['minReplicas may be 0 only with an Object or External metric', { maxReplicas: 5, minReplicas: 0 }],
    [
      'averageValue of requests_per_second must be above 0, got 0',
      { maxReplicas: 5, metrics: [requests(0)] },
    ],
    [
      'averageUtilizationPercent of cpu must be a whole number at least 1, got 0.5',
      { maxReplicas: 5, metrics: [cpu(0.5)] },
    ],
    [
      'value of queue must be above 0, got -1',
      { maxReplicas: 5, metrics: [{ type: 'Object', name: 'queue', target: { type: 'Value', value: -1 } }] },
    ],
    [
      'behavior.scaleUp.stabilizationWindowSeconds must be a whole number between 0 and 3600, got 3601',
      { maxReplicas: 5, behavior: { scaleUp: { stabilizationWindowSeconds: 3601 } } },
    ],
    [
      'behavior.scaleDown.policies must name at least one policy',
      { maxReplicas: 5, behavior: { scaleDown: { policies: [] } } },
    ],
    [
      'behavior.scaleDown.policies[0].periodSeconds must be a whole number between 1 and 1800, got 0',
      {
        maxReplicas: 5,
        behavior: { scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 0 }] } },
      },
    ],
    [
      'behavior.scaleUp.tolerance must be at least 0, got -0.1',
      { maxReplicas: 5, behavior: { scaleUp: { tolerance: -0.1 } } },
    ],
  ])('throws: %s', (message, spec) => {
    expect(() => resolveHpaSpec(spec)).toThrow(message);
  });

  it('throws everything at once', () => {
    expect(() => resolveHpaSpec({ maxReplicas: 5, minReplicas: 6, metrics: [cpu(0)] })).toThrow(
      /minReplicas must.*; averageUtilizationPercent of cpu must/,
    );
  });
});
