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

/** Scaling policies of one direction: `behavior.scaleUp` or `behavior.scaleDown`. */
export interface ScalingPace {
  /** Window of past recommendations that the HPA considers, seconds; 0 acts on the newest alone. */
  readonly stabilizationWindowSeconds: number;
  /** Share of the replicas that one period may add or remove, percent. */
  readonly percent: number;
  /** Pods that one period may add or remove. */
  readonly pods: number;
  /** Length of the period, seconds. */
  readonly periodSeconds: number;
  /** Which of the two policies applies: the larger change, the smaller one, or no scaling in this direction. */
  readonly selectPolicy: keyof typeof STRATEGIES;
}

export interface HorizontalAutoscalerProps {
  /** `metadata.name`. */
  readonly name: string;
  /** Workload to scale (`scaleTargetRef`). */
  readonly target: IScalable;
  /** Lower bound of the replicas; predictive scaling raises it later. */
  readonly minReplicas: number;
  /** Upper bound of the replicas. */
  readonly maxReplicas: number;
  /** Target of the mean CPU utilisation, percent of the request; null leaves the metric out. */
  readonly cpuUtilizationPercent: number | null;
  /** Target of the mean memory utilisation, percent of the request; null leaves the metric out. */
  readonly memoryUtilizationPercent: number | null;
  /** Metrics of the custom metrics API (type `Pods`). */
  readonly podMetrics: readonly {
    /** Metric name in the custom metrics API, e.g. `requests_per_second`. */
    readonly name: string;
    /** Target average per pod, in the metric's unit. */
    readonly target: number;
  }[];
  /** Limits on how fast the HPA removes replicas. */
  readonly scaleDown: ScalingPace;
  /** Limits on how fast the HPA adds replicas. */
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
    // The API's canonical form of a quantity is a string; cdk8s-plus writes a number.
    const first = metrics.length - props.podMetrics.length;
    const patches = props.podMetrics.map(({ target }, index) =>
      JsonPatch.replace(`/spec/metrics/${first + index}/pods/target/averageValue`, String(target)),
    );
    if (patches.length > 0) patchOutput(hpa, ...patches);
  }
}

function metricsOf(props: HorizontalAutoscalerProps): Metric[] {
  const { cpuUtilizationPercent: cpu, memoryUtilizationPercent: memory, podMetrics } = props;
  return [
    ...(cpu === null ? [] : [Metric.resourceCpu(MetricTarget.averageUtilization(cpu))]),
    ...(memory === null ? [] : [Metric.resourceMemory(MetricTarget.averageUtilization(memory))]),
    ...podMetrics.map(({ name, target }) => Metric.pods({ name, target: MetricTarget.averageValue(target) })),
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
