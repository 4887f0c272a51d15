import { Chart, Duration } from 'cdk8s';
import { type Deployment, ServiceAccount } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_PORT, HEALTH_PATH, METRICS_PORT, READY_PATH } from '../../lib/config/names';
import { MAX_SURGE_PERCENT } from '../../lib/config/replicas';
import { NODE_MEMORY } from '../../service/contract';
import { type ComponentName, SERVICE_PORT, SERVING_PRIORITY, selectorOf } from '../components';
import { ClusterService } from '../constructs/cluster-service';
import { PodDisruptionBudget } from '../constructs/pod-disruption-budget';
import { TargetGroupBinding } from '../constructs/target-group-binding';
import { type PodVolume, WebDeployment } from '../constructs/web-deployment';
import { imageReference } from '../images';
import { chartProps, commonLabels } from '../labels';
import type { ConfigurationChart } from './configuration-chart';
import { CONTROLLER_APIS } from './load-balancer-controllers';
import { resourcesOf } from './web-workload';

/** Options of Node: bounds of V8's heap. */
const NODE_OPTIONS = `--max-old-space-size=${NODE_MEMORY.oldSpace} --max-semi-space-size=${NODE_MEMORY.semiSpace}`;

/** Properties shared by the API and the admin servers. */
export interface WebServerChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
  /** `metadata.name` of every resource in the chart. */
  readonly name: ComponentName;
  /** Name of the container. */
  readonly container: string;
  /** File of the image that Node runs, e.g. `api.js`. */
  readonly entryPoint: string;
  /** Image, requests and limits. */
  readonly workload: ResolvedConfig['admin'] | ResolvedConfig['workload'];
  /** Fixed number of replicas. @default - none: an autoscaler owns the number */
  readonly replicas?: number;
  /** ConfigMaps of the pods' environment variables. */
  readonly configuration: ConfigurationChart;
  /** Environment variables that override the ConfigMaps'. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Target groups of the ALB that the pods are registered in. */
  readonly targetGroups: readonly {
    /** `metadata.name` of the TargetGroupBinding. */
    readonly binding: string;
    /** Name of the target group, used while its ARN is not known. */
    readonly name: string;
    /** ARN of the target group, from the stack outputs; null before the Ingress stack is deployed. */
    readonly arn: string | null;
  }[];
  /** Volumes besides `/tmp`, which live as long as their pod. @default - none */
  readonly volumes?: readonly PodVolume[];
  /** Service whose pods the ALB sends requests to. @default - the chart's own */
  readonly entrance?: ComponentName;
}

/** HTTP servers behind the ALB: ServiceAccount, Deployment, Service, PodDisruptionBudget and TargetGroupBindings. */
export class WebServerChart extends Chart {
  /** Target of autoscalers. */
  readonly deployment: Deployment;

  constructor(scope: Construct, id: string, props: WebServerChartProps) {
    const { config, name } = props;
    super(scope, id, chartProps(config.environment, name));
    const selector = selectorOf(name);
    this.deployment = this.addDeployment(props);
    new ClusterService(this, 'Service', {
      name,
      selector,
      ports: [{ name: 'http', port: SERVICE_PORT, targetPort: API_PORT }],
    });
    new PodDisruptionBudget(this, 'PodDisruptionBudget', { name, selector });
    this.bindTargetGroups(props);
  }

  private bindTargetGroups({ config, entrance, name, targetGroups }: WebServerChartProps): void {
    const { apiVersion, bindsByName } = CONTROLLER_APIS[config.cluster.loadBalancerController];
    targetGroups.forEach(({ binding, name: groupName, arn }, index) => {
      new TargetGroupBinding(this, index === 0 ? 'TargetGroupBinding' : `TargetGroupBinding${index + 1}`, {
        name: binding,
        apiVersion,
        service: { name: entrance ?? name, port: SERVICE_PORT },
        targetGroup: bindsByName || arn === null ? { name: groupName } : { arn },
      });
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
      command: ['node', props.entryPoint],
      port: API_PORT,
      metricsPort: METRICS_PORT,
      healthPath: HEALTH_PATH,
      readyPath: READY_PATH,
      resources: resourcesOf(props.workload),
      replicas: props.replicas,
      volumes: props.volumes,
      configMaps: configuration.configMaps,
      environment: { NODE_OPTIONS, ...props.environment },
      serviceAccount: new ServiceAccount(this, 'ServiceAccount', { metadata: { name } }),
      preStop: Duration.seconds(preStopSeconds),
      terminationGrace: Duration.seconds(terminationGraceSeconds),
      // Time for one ALB health check of a new target: the roll-out waits even without the readiness gate.
      minReady: Duration.seconds(intervalSeconds + timeoutSeconds),
      maxSurgePercent: MAX_SURGE_PERCENT,
      priorityClassName: SERVING_PRIORITY,
    });
    return deployment;
  }
}
