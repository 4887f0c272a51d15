import { Chart, Duration } from 'cdk8s';
import { type Deployment, ServiceAccount } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_PORT, HEALTH_PATH, METRICS_PORT } from '../../lib/config/names';
import { MAX_SURGE_PERCENT } from '../../lib/config/replicas';
import { type ComponentName, SERVICE_PORT, SERVING_PRIORITY, selectorOf } from '../components';
import { ClusterService } from '../constructs/cluster-service';
import { PodDisruptionBudget } from '../constructs/pod-disruption-budget';
import { TargetGroupBinding } from '../constructs/target-group-binding';
import { WebDeployment } from '../constructs/web-deployment';
import { chartProps, commonLabels } from '../labels';
import type { ConfigurationChart } from './configuration-chart';
import { CONTROLLER_APIS } from './load-balancer-controllers';
import { imageReference, resourcesOf } from './web-workload';

export interface WebServerChartProps {
  readonly config: ResolvedConfig;
  /** Name of everything in the chart. */
  readonly name: ComponentName;
  /** Name of the container. */
  readonly container: string;
  /** Image, requests and limits. */
  readonly workload: ResolvedConfig['admin'] | ResolvedConfig['workload'];
  /** Fixed number of replicas. @default - an autoscaler's to say */
  readonly replicas?: number;
  /** Where the pods' environment variables come from. */
  readonly configuration: ConfigurationChart;
  /** Variables that differ from them. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Target group of the ALB; without the ARN it is bound by its name. */
  readonly targetGroup: { readonly name: string; readonly arn: string | null };
  /** Service whose pods the ALB sends requests to. @default - the chart's own */
  readonly entrance?: ComponentName;
}

/** HTTP servers behind the ALB: their identity, their pods, the Service and their place in a target group. */
export class WebServerChart extends Chart {
  /** What autoscalers target. */
  readonly deployment: Deployment;

  constructor(scope: Construct, id: string, props: WebServerChartProps) {
    const { config, name } = props;
    super(scope, id, chartProps(config.environment, name));
    const selector = selectorOf(name);
    const { apiVersion, bindsByName } = CONTROLLER_APIS[config.cluster.loadBalancerController];
    const { name: groupName, arn } = props.targetGroup;
    this.deployment = this.addDeployment(props);
    new ClusterService(this, 'Service', {
      name,
      selector,
      ports: [{ name: 'http', port: SERVICE_PORT, targetPort: API_PORT }],
    });
    new PodDisruptionBudget(this, 'PodDisruptionBudget', { name, selector });
    new TargetGroupBinding(this, 'TargetGroupBinding', {
      name,
      apiVersion,
      service: { name: props.entrance ?? name, port: SERVICE_PORT },
      targetGroup: bindsByName || arn === null ? { name: groupName } : { arn },
    });
  }

  private addDeployment(props: WebServerChartProps): Deployment {
    const { config, configuration, name } = props;
    const { preStopSeconds, terminationGraceSeconds } = config.workload;
    const { intervalSeconds, timeoutSeconds } = config.loadBalancer.healthCheck;
    const { deployment } = new WebDeployment(this, 'Server', {
      name,
      selector: selectorOf(name),
      podLabels: commonLabels(config.environment),
      podAnnotations: { 'checksum/config': configuration.hash },
      container: props.container,
      image: imageReference(props.workload.image),
      port: API_PORT,
      metricsPort: METRICS_PORT,
      healthPath: HEALTH_PATH,
      resources: resourcesOf(props.workload),
      replicas: props.replicas,
      configMaps: configuration.configMaps,
      environment: props.environment,
      serviceAccount: new ServiceAccount(this, 'ServiceAccount', { metadata: { name } }),
      preStop: Duration.seconds(preStopSeconds),
      terminationGrace: Duration.seconds(terminationGraceSeconds),
      // One check of the ALB, which a new target must pass: a roll-out waits even without the readiness gate.
      minReady: Duration.seconds(intervalSeconds + timeoutSeconds),
      maxSurgePercent: MAX_SURGE_PERCENT,
      priorityClassName: SERVING_PRIORITY,
    });
    return deployment;
  }
}
