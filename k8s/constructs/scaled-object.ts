import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { HorizontalAutoscalerProps, ScalingPace } from './horizontal-autoscaler';

/** Time between two looks of KEDA's own, seconds: the HPA controller's sync. */
const POLLING_SECONDS = 15;

/** Lets KEDA take over an HPA that has the name of its own; else its webhook refuses the ScaledObject. */
const TAKE_OVER_ANNOTATION = 'scaledobject.keda.sh/transfer-hpa-ownership';

/** A Prometheus query and the share of its result that one replica shall serve. */
export interface PrometheusTrigger {
  /** Without a path, e.g. `http://prometheus.monitoring.svc:9090`. */
  readonly serverAddress: string;
  /** PromQL with one value: the total over all replicas. */
  readonly query: string;
  /** Target for one replica. */
  readonly threshold: number;
}

export interface ScaledObjectProps extends Omit<HorizontalAutoscalerProps, 'podMetric'> {
  /** Name of the HPA that KEDA makes. */
  readonly hpaName: string;
  /** Null leaves the metric out. */
  readonly prometheus: PrometheusTrigger | null;
}

/**
 * KEDA's ScaledObject with an HPA's numbers; KEDA makes the HPA itself. https://keda.sh/docs/2.17
 *
 * It has no `fallback`: while Prometheus is away the metric fails, and an HPA with a failed metric does not scale down
 * but goes on to scale up by CPU and memory. A fallback has taken busy workloads down to its number
 * (kedacore/keda#6659).
 */
export class ScaledObject extends Construct {
  constructor(scope: Construct, id: string, props: ScaledObjectProps) {
    super(scope, id);
    const { apiVersion, kind, name } = props.target.toScalingTarget();
    // Else the workload says 2 replicas, and every apply resets the number.
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
    ...(prometheus === null ? [] : [prometheusTrigger(prometheus)]),
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
      // An empty result is an error; by default KEDA takes it for a load of zero.
      ignoreNullValues: 'false',
    },
  };
}

/** In the order in which the HPA has them. */
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
