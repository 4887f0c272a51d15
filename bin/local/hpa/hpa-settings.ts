import type { HpaSpec, ResolvedHpaSpec } from '../../../lambda/predictive-scaler/backtest/hpa/hpa-spec';
import { resolveHpaSpec } from '../../../lambda/predictive-scaler/backtest/hpa/resolve-hpa-spec';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { GATEWAY_CALLS_METRIC, REQUESTS_PER_SECOND_METRIC } from '../../../lib/config/names';

/** Requests per second that a replica serves, where the environment's HPA has no target for it. */
const REQUESTS_PER_POD = 100;

/** Most API processes of a laptop. */
export const DEFAULT_MAX_PODS = 6;

export interface LocalHpaSettings {
  /** Least API processes, instead of the environment's `minReplicas`: those that were asked for. */
  readonly minPods: number;
  /** Most API processes; the environment's `maxReplicas` is the limit where it is lower. */
  readonly maxPods: number;
  /** Requests per second that one API process should serve. @default - the environment's, 100 where it has none */
  readonly requestsPerPod?: number;
}

/**
 * The HPA of an environment for processes of this machine: its behaviours, and its metrics of requests and calls. CPU
 * and memory are left out, because the environment's targets are shares of what its containers request.
 *
 * @throws RangeError where a bound is not possible
 */
export function localHpaSpec(
  { autoscaling: { hpa }, gateway }: ResolvedConfig,
  local: LocalHpaSettings,
): ResolvedHpaSpec {
  const { minPods, maxPods, requestsPerPod = hpa.requestsPerSecond ?? REQUESTS_PER_POD } = local;
  const slots = hpa.gatewaySlotsPercent;
  const calls = slots === null ? null : Math.max(1, Math.floor((gateway.maxConnections * slots) / 100));
  return resolveHpaSpec({
    minReplicas: minPods,
    // What somebody asked for is started, also where the environment would have fewer.
    maxReplicas: Math.max(minPods, Math.min(maxPods, hpa.maxReplicas)),
    metrics: [
      podMetric(REQUESTS_PER_SECOND_METRIC, requestsPerPod),
      ...(calls === null ? [] : [podMetric(GATEWAY_CALLS_METRIC, calls)]),
    ],
    behavior: { scaleUp: rulesOf(hpa.scaleUp), scaleDown: rulesOf(hpa.scaleDown) },
  });
}

type Pace = ResolvedConfig['autoscaling']['hpa']['scaleUp'];

function rulesOf(pace: Pace): NonNullable<NonNullable<HpaSpec['behavior']>['scaleUp']> {
  const { stabilizationWindowSeconds, selectPolicy, percent, pods, periodSeconds } = pace;
  return {
    ...{ stabilizationWindowSeconds, selectPolicy },
    policies: [
      { type: 'Percent', value: percent, periodSeconds },
      { type: 'Pods', value: pods, periodSeconds },
    ],
  };
}

function podMetric(name: string, averageValue: number) {
  return { type: 'Pods', name, target: { type: 'AverageValue', averageValue } } as const;
}

/** Requests per second that one replica should serve. */
export function requestsPerPodOf({ metrics }: ResolvedHpaSpec): number {
  const target = metrics.find(({ name }) => name === REQUESTS_PER_SECOND_METRIC)?.target;
  return target?.type === 'AverageValue' ? target.averageValue : REQUESTS_PER_POD;
}

/** The spec as an object of autoscaling/v2 has it, without the controller's flags. */
export function manifestSpec({ minReplicas, maxReplicas, metrics, behavior }: ResolvedHpaSpec) {
  const pods = metrics.flatMap(({ type, name, target }) =>
    target.type === 'AverageValue'
      ? [
          {
            type,
            pods: {
              metric: { name },
              target: { type: target.type, averageValue: String(target.averageValue) },
            },
          },
        ]
      : [],
  );
  return { minReplicas, maxReplicas, metrics: pods, ...(behavior && { behavior }) };
}
