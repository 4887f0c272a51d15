import { Duration, JsonPatch } from 'cdk8s';
import {
  HorizontalPodAutoscaler,
  type IScalable,
  Metric,
  MetricTarget,
  Replicas,
  type ScalingRules,
  ScalingStrategy,
} from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { patchOutput } from './patch-output';

const STRATEGIES = {
  Max: ScalingStrategy.MAX_CHANGE,
  Min: ScalingStrategy.MIN_CHANGE,
  Disabled: ScalingStrategy.DISABLED,
} as const;

/** Limits on the pace of one direction. */
export interface ScalingPace {
  /** Seconds over which recommendations are smoothed. */
  readonly stabilizationWindowSeconds: number;
  /** Share of the replicas that one period may add or remove, percent. */
  readonly percent: number;
  /** Pods that one period may add or remove. */
  readonly pods: number;
  /** Length of the period, seconds. */
  readonly periodSeconds: number;
  /** Which policy counts when they differ. */
  readonly selectPolicy: keyof typeof STRATEGIES;
}

export interface HorizontalAutoscalerProps {
  readonly name: string;
  readonly target: IScalable;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Target CPU use, percent of the request; null leaves the metric out. */
  readonly cpuUtilizationPercent: number | null;
  /** Target memory use, percent of the request; null leaves the metric out. */
  readonly memoryUtilizationPercent: number | null;
  /** Metric of the custom metrics API and its target for one pod; null leaves it out. */
  readonly podMetric: { readonly name: string; readonly target: number } | null;
  readonly scaleDown: ScalingPace;
  readonly scaleUp: ScalingPace;
}

/**
 * HorizontalPodAutoscaler with both behaviours spelled out: cdk8s-plus's defaults for a missing one (200 % up,
 * `minReplicas` pods down per 5 minutes) are not Kubernetes' own.
 */
export class HorizontalAutoscaler extends Construct {
  constructor(scope: Construct, id: string, props: HorizontalAutoscalerProps) {
    super(scope, id);
    const metrics = metricsOf(props);
    const hpa = new HorizontalPodAutoscaler(this, 'Hpa', {
      metadata: { name: props.name },
      target: props.target,
      minReplicas: props.minReplicas,
      maxReplicas: props.maxReplicas,
      metrics,
      scaleDown: scalingRules(props.scaleDown),
      scaleUp: scalingRules(props.scaleUp),
    });
    if (props.podMetric !== null) {
      // A quantity is a string in the API's own form; cdk8s-plus writes a number.
      const path = `/spec/metrics/${metrics.length - 1}/pods/target/averageValue`;
      patchOutput(hpa, JsonPatch.replace(path, String(props.podMetric.target)));
    }
  }
}

function metricsOf(props: HorizontalAutoscalerProps): Metric[] {
  const { cpuUtilizationPercent: cpu, memoryUtilizationPercent: memory, podMetric } = props;
  return [
    ...(cpu === null ? [] : [Metric.resourceCpu(MetricTarget.averageUtilization(cpu))]),
    ...(memory === null ? [] : [Metric.resourceMemory(MetricTarget.averageUtilization(memory))]),
    ...(podMetric === null
      ? []
      : [Metric.pods({ name: podMetric.name, target: MetricTarget.averageValue(podMetric.target) })]),
  ];
}

function scalingRules(pace: ScalingPace): ScalingRules {
  const duration = Duration.seconds(pace.periodSeconds);
  return {
    strategy: STRATEGIES[pace.selectPolicy],
    stabilizationWindow: Duration.seconds(pace.stabilizationWindowSeconds),
    policies: [
      { replicas: Replicas.percent(pace.percent), duration },
      { replicas: Replicas.absolute(pace.pods), duration },
    ],
  };
}
