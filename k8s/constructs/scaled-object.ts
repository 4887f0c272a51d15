import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { HorizontalAutoscalerProps, ScalingPace } from './horizontal-autoscaler';

/** KEDA's polling interval, seconds: that of the HPA controller. */
const POLLING_SECONDS = 15;

/** Lets KEDA take over an existing HPA of the same name; without it KEDA's webhook refuses the ScaledObject. */
const TAKE_OVER_ANNOTATION = 'scaledobject.keda.sh/transfer-hpa-ownership';

/** A Prometheus query and the part of its result that one replica should serve. */
export interface PrometheusTrigger {
  /** URL of Prometheus without a path, e.g. `http://prometheus.monitoring.svc:9090`. */
  readonly serverAddress: string;
  /** PromQL with one value: the total over all replicas. */
  readonly query: string;
  /** Target for one replica, in the unit of the query. */
  readonly threshold: number;
}

export interface ScaledObjectProps extends Omit<HorizontalAutoscalerProps, 'podMetrics'> {
  /** Name of the HPA that KEDA creates. */
  readonly hpaName: string;
  /** Prometheus metrics to scale on. */
  readonly prometheus: readonly PrometheusTrigger[];
}

/**
 * KEDA ScaledObject with the numbers of an HPA; KEDA creates the HPA. https://keda.sh/docs/2.17
 *
 * It has no `fallback`. While Prometheus is unavailable the metric fails; an HPA with a failed metric does not scale
 * down, and still scales up by CPU and memory. A fallback has scaled busy workloads down to its fixed number
 * (kedacore/keda#6659).
 */
export class ScaledObject extends Construct {
  constructor(scope: Construct, id: string, props: ScaledObjectProps) {
    super(scope, id);
    const { apiVersion, kind, name } = props.target.toScalingTarget();
    // Otherwise cdk8s-plus renders 2 replicas, and every apply resets the number.
    props.target.markHasAutoscaler();
    new ApiObject(this, 'Resource', {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: props.name, annotations: { [TAKE_OVER_ANNOTATION]: 'true' } },
      spec: {
        scaleTargetRef: { apiVersion, kind, name },
        pollingInterval: POLLING_SECONDS,
        minReplicaCount: props.minReplicas,
        maxReplicaCount: props.maxReplicas,
        advanced: {
          horizontalPodAutoscalerConfig: {
            name: props.hpaName,
            behavior: { scaleDown: scalingRules(props.scaleDown), scaleUp: scalingRules(props.scaleUp) },
          },
        },
        triggers: triggersOf(props),
      },
    });
  }
}

function triggersOf({ cpuUtilizationPercent, memoryUtilizationPercent, prometheus }: ScaledObjectProps) {
  return [
    ...utilizationTrigger('cpu', cpuUtilizationPercent),
    ...utilizationTrigger('memory', memoryUtilizationPercent),
    ...prometheus.map(prometheusTrigger),
  ];
}

function utilizationTrigger(type: 'cpu' | 'memory', percent: number | null) {
  return percent === null ? [] : [{ type, metricType: 'Utilization', metadata: { value: String(percent) } }];
}

function prometheusTrigger({ serverAddress, query, threshold }: PrometheusTrigger) {
  return {
    type: 'prometheus',
    metricType: 'AverageValue',
    metadata: {
      serverAddress,
      query,
      threshold: String(threshold),
      // An empty result is an error; by default KEDA treats it as a load of zero.
      ignoreNullValues: 'false',
    },
  };
}

/** In the order of the HPA that `HorizontalAutoscaler` renders. */
function scalingRules(pace: ScalingPace) {
  const { percent, pods, periodSeconds } = pace;
  return {
    stabilizationWindowSeconds: pace.stabilizationWindowSeconds,
    selectPolicy: pace.selectPolicy,
    policies: [
      { type: 'Percent', value: percent, periodSeconds },
      { type: 'Pods', value: pods, periodSeconds },
    ],
  };
}
