import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_NAME, NAMESPACE, PROJECT } from '../../lib/config/names';
import { cpuMillis, memoryMib } from '../../lib/config/quantities';
import { SERVING_PRIORITY, SUPPORT_PRIORITY } from '../components';
import { commonLabels } from '../labels';
import type { KubernetesDocument } from '../manifest';
import { type Capacity, demandOf, largestContainer, type ScaledDeployment } from '../namespace-capacity';

/**
 * How many times the platform at full scale fits into the quota. A roll-out at full scale runs a quarter more pods,
 * and those that it replaces count until their grace is over; a quota that stops one is worse than the runaway that
 * it is there for.
 */
const QUOTA_HEADROOM = 2;

/** What a container gets that asks for nothing, e.g. one of `kubectl debug`. */
const DEFAULT_REQUESTS = { cpu: '100m', memory: '128Mi' };
const DEFAULT_LIMITS = { cpu: '500m', memory: '512Mi' };

/** Above the 0 of pods without a class, far below Kubernetes' own (2,000,000,000). */
const SERVING_VALUE = 100_000;
const SUPPORT_VALUE = 50_000;

export interface GuardrailsChartProps {
  readonly config: ResolvedConfig;
  /** Everything else that is rendered. */
  readonly documents: readonly KubernetesDocument[];
}

/** What keeps pods in bounds: who goes first when nodes are short, what one container and all together may take. */
export class GuardrailsChart extends Chart {
  constructor(scope: Construct, id: string, { config, documents }: GuardrailsChartProps) {
    super(scope, id, { labels: commonLabels(config.environment), disableResourceNameHashes: true });
    this.addPriority(SERVING_PRIORITY, SERVING_VALUE, 'PreemptLowerPriority');
    this.addPriority(SUPPORT_PRIORITY, SUPPORT_VALUE, 'Never');
    const scaled = scaledApi(config);
    this.addLimits(largestContainer(documents, scaled));
    this.addQuota(documents, scaled);
  }

  private addPriority(name: string, value: number, preemptionPolicy: string): void {
    new ApiObject(this, name, {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
      globalDefault: false,
      preemptionPolicy,
    });
  }

  private addLimits(largest: Capacity): void {
    const atLeastDefault = {
      cpuMillis: Math.max(largest.cpuMillis, cpuMillis(DEFAULT_LIMITS.cpu)),
      memoryMib: Math.max(largest.memoryMib, memoryMib(DEFAULT_LIMITS.memory)),
    };
    new ApiObject(this, 'LimitRange', {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: PROJECT, namespace: NAMESPACE },
      spec: {
        limits: [
          {
            type: 'Container',
            defaultRequest: DEFAULT_REQUESTS,
            default: DEFAULT_LIMITS,
            max: quantities(atLeastDefault),
          },
        ],
      },
    });
  }

  private addQuota(documents: readonly KubernetesDocument[], scaled: ScaledDeployment): void {
    const { pods, requests, limits } = demandOf(documents, scaled);
    const [cpu, memory] = [requests.cpuMillis, requests.memoryMib].map((n) => n * QUOTA_HEADROOM);
    new ApiObject(this, 'ResourceQuota', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: PROJECT, namespace: NAMESPACE },
      spec: {
        hard: {
          pods: String(pods * QUOTA_HEADROOM),
          'requests.cpu': `${cpu}m`,
          'requests.memory': `${memory}Mi`,
          'limits.cpu': `${limits.cpuMillis * QUOTA_HEADROOM}m`,
          'limits.memory': `${limits.memoryMib * QUOTA_HEADROOM}Mi`,
          // The ALB is the CDK stacks'; a Service of this type would put a second way in beside it.
          'services.loadbalancers': '0',
          'services.nodeports': '0',
        },
      },
    });
  }
}

/** The API at its largest: the autoscalers' bounds. */
function scaledApi({ autoscaling: { hpa, vpa }, cluster }: ResolvedConfig): ScaledDeployment {
  const resizes = cluster.verticalPodAutoscaler && vpa.updateMode !== 'Off';
  return {
    name: API_NAME,
    maxReplicas: hpa.maxReplicas,
    containerCeiling: resizes
      ? { cpuMillis: cpuMillis(vpa.maxCpu), memoryMib: memoryMib(vpa.maxMemory) }
      : null,
  };
}

function quantities({ cpuMillis: cpu, memoryMib: memory }: Capacity) {
  return { cpu: `${cpu}m`, memory: `${memory}Mi` };
}
