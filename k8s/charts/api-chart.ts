import { Chart, Duration, JsonPatch, Size } from 'cdk8s';
import { type ContainerResources, Cpu, type Deployment, Service, ServiceAccount } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_CONTAINER, API_NAME, API_PORT, HEALTH_PATH } from '../../lib/config/names';
import { cpuMillis, memoryMib } from '../../lib/config/quantities';
import { patchOutput } from '../constructs/patch-output';
import { PodDisruptionBudget } from '../constructs/pod-disruption-budget';
import { TargetGroupBinding, type TargetGroupReference } from '../constructs/target-group-binding';
import { WebDeployment } from '../constructs/web-deployment';
import { API_SELECTOR, chartProps, commonLabels } from '../labels';
import type { StackOutputs } from '../stack-outputs';
import type { ConfigurationChart } from './configuration-chart';
import { CONTROLLER_APIS } from './load-balancer-controllers';

/** Port of the Service: clients in the cluster say `http://llm-cost-ops-api`. The ALB talks to the pods' 8080. */
const SERVICE_PORT = 80;

export interface ApiChartProps {
  readonly config: ResolvedConfig;
  /** Where the pods' environment variables come from. */
  readonly configuration: ConfigurationChart;
  /** Values of the deployed stacks. @default - none; the target group is bound by its name */
  readonly outputs?: StackOutputs;
}

/** The API: its identity, its pods, the Service before them and their place in the ALB's target group. */
export class ApiChart extends Chart {
  /** What the autoscalers target. */
  readonly deployment: Deployment;

  constructor(scope: Construct, id: string, props: ApiChartProps) {
    const { config, outputs } = props;
    super(scope, id, chartProps(config.environment));
    this.deployment = this.addDeployment(props);
    this.addService();
    new PodDisruptionBudget(this, 'PodDisruptionBudget', { name: API_NAME, selector: API_SELECTOR });
    new TargetGroupBinding(this, 'TargetGroupBinding', {
      name: API_NAME,
      apiVersion: CONTROLLER_APIS[config.cluster.loadBalancerController].apiVersion,
      service: { name: API_NAME, port: SERVICE_PORT },
      targetGroup: targetGroupOf(config, outputs),
    });
  }

  private addDeployment({ config, configuration }: ApiChartProps): Deployment {
    const { workload, loadBalancer } = config;
    const { intervalSeconds, timeoutSeconds } = loadBalancer.healthCheck;
    const serviceAccount = new ServiceAccount(this, 'ServiceAccount', { metadata: { name: API_NAME } });
    const { deployment } = new WebDeployment(this, 'Api', {
      name: API_NAME,
      selector: API_SELECTOR,
      podLabels: commonLabels(config.environment),
      podAnnotations: { 'checksum/config': configuration.hash },
      container: API_CONTAINER,
      image: imageReference(workload.image),
      port: API_PORT,
      healthPath: HEALTH_PATH,
      resources: resourcesOf(workload),
      configMaps: configuration.configMaps,
      serviceAccount,
      preStop: Duration.seconds(workload.preStopSeconds),
      terminationGrace: Duration.seconds(workload.terminationGraceSeconds),
      // One check of the ALB, which a new target must pass: a roll-out waits even without the readiness gate.
      minReady: Duration.seconds(intervalSeconds + timeoutSeconds),
    });
    return deployment;
  }

  private addService(): void {
    const service = new Service(this, 'Service', {
      metadata: { name: API_NAME },
      ports: [{ name: 'http', port: SERVICE_PORT, targetPort: API_PORT }],
    });
    for (const [label, value] of Object.entries(API_SELECTOR)) service.selectLabel(label, value);
    // An empty list that cdk8s-plus always writes, and that policies against external addresses trip over.
    patchOutput(service, JsonPatch.remove('/spec/externalIPs'));
  }
}

/** `repository:tag`, or `repository@sha256:…` for a digest. */
function imageReference({ repository, tag }: ResolvedConfig['workload']['image']): string {
  return `${repository}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`;
}

function resourcesOf(workload: ResolvedConfig['workload']): ContainerResources {
  const cpu = (quantity: string) => Cpu.millis(cpuMillis(quantity));
  const memory = (quantity: string) => Size.mebibytes(memoryMib(quantity));
  return {
    cpu: { request: cpu(workload.cpuRequest), limit: cpu(workload.cpuLimit) },
    memory: { request: memory(workload.memoryRequest), limit: memory(workload.memoryLimit) },
  };
}

function targetGroupOf(config: ResolvedConfig, outputs?: StackOutputs): TargetGroupReference {
  const arn = outputs?.apiTargetGroupArn ?? null;
  const { bindsByName } = CONTROLLER_APIS[config.cluster.loadBalancerController];
  return bindsByName || arn === null ? { name: config.loadBalancer.apiTargetGroupName } : { arn };
}
