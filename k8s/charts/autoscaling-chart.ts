import { Chart } from 'cdk8s';
import type { IScalable } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import {
  API_CONTAINER,
  API_NAME,
  GATEWAY_CALLS_METRIC,
  HPA_NAME,
  REQUESTS_PER_SECOND_METRIC,
  VPA_NAME,
} from '../../lib/config/names';
import { HorizontalAutoscaler } from '../constructs/horizontal-autoscaler';
import { ScaledObject } from '../constructs/scaled-object';
import { VerticalAutoscaler } from '../constructs/vertical-autoscaler';
import { CONFLICT_REASON_ANNOTATION, chartProps } from '../labels';
import { prometheusUrl } from '../metrics-needs';
import { totalGatewayCalls, totalRequestRate } from '../server-config/request-metric';

export interface AutoscalingChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
  /** The Deployment that HPA and VPA act on. */
  readonly target: IScalable;
}

/**
 * The seed's HPA, or a KEDA ScaledObject with the same numbers, and the seed's VPA where the cluster has or gets one.
 * `autoscaling.preset` decides which autoscaler acts on which resource.
 */
export class AutoscalingChart extends Chart {
  constructor(scope: Construct, id: string, { config, target }: AutoscalingChartProps) {
    super(scope, id, chartProps(config.environment, API_NAME));
    if (config.autoscaling.driver === 'keda') this.addScaledObject(config, target);
    else this.addHorizontalAutoscaler(config, target);
    if (config.cluster.verticalPodAutoscaler) this.addVerticalAutoscaler(config.autoscaling, target);
  }

  private addHorizontalAutoscaler(config: ResolvedConfig, target: IScalable): void {
    const { requestsPerSecond: _, gatewaySlotsPercent: __, ...hpa } = config.autoscaling.hpa;
    new HorizontalAutoscaler(this, 'HorizontalAutoscaler', {
      ...hpa,
      name: HPA_NAME,
      target,
      podMetrics: loadsOf(config),
    });
  }

  private addScaledObject(config: ResolvedConfig, target: IScalable): void {
    const { requestsPerSecond: _, gatewaySlotsPercent: __, ...hpa } = config.autoscaling.hpa;
    new ScaledObject(this, 'ScaledObject', {
      ...hpa,
      name: API_NAME,
      hpaName: HPA_NAME,
      target,
      prometheus: loadsOf(config).map(({ total, target: threshold }) => ({
        serverAddress: prometheusUrl(config),
        query: total,
        threshold,
      })),
    });
  }

  private addVerticalAutoscaler(
    { vpa, conflictReason }: ResolvedConfig['autoscaling'],
    target: IScalable,
  ): void {
    new VerticalAutoscaler(this, 'VerticalAutoscaler', {
      name: VPA_NAME,
      target,
      container: API_CONTAINER,
      updateMode: vpa.updateMode,
      minAllowed: { cpu: vpa.minCpu, memory: vpa.minMemory },
      maxAllowed: { cpu: vpa.maxCpu, memory: vpa.maxMemory },
      controlledResources: vpa.controlledResources,
      annotations: conflictReason === null ? undefined : { [CONFLICT_REASON_ANNOTATION]: conflictReason },
    });
  }
}

/** A load of the pods: its metric in the custom metrics API, the query of all pods' total, and one pod's target. */
interface Load {
  readonly name: string;
  readonly total: string;
  readonly target: number;
}

function loadsOf({ autoscaling: { hpa }, gateway }: ResolvedConfig): Load[] {
  const { gatewaySlotsPercent: slots, requestsPerSecond } = hpa;
  const calls = slots === null ? null : Math.max(1, Math.floor((gateway.maxConnections * slots) / 100));
  return [
    ...(requestsPerSecond === null
      ? []
      : [{ name: REQUESTS_PER_SECOND_METRIC, total: totalRequestRate(), target: requestsPerSecond }]),
    ...(calls === null ? [] : [{ name: GATEWAY_CALLS_METRIC, total: totalGatewayCalls(), target: calls }]),
  ];
}
