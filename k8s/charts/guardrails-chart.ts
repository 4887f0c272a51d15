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
 * The quota as a multiple of the platform at full scale. A roll-out at full scale runs a quarter more pods, and the
 * replaced pods count until their grace period is over. A quota that blocks a roll-out is worse than the runaway that
 * it prevents.
 */
const QUOTA_HEADROOM = 2;

/** Requests and limits of a container that sets none, e.g. one of `kubectl debug`. */
const DEFAULT_REQUESTS = { cpu: '100m', memory: '128Mi' };
const DEFAULT_LIMITS = { cpu: '500m', memory: '512Mi' };

/** Priorities: above 0, that of pods without a class, and far below Kubernetes' own (2,000,000,000). */
const SERVING_VALUE = 100_000;
const SUPPORT_VALUE = 50_000;

export interface GuardrailsChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
  /** All other rendered documents; the quota and the limits are computed from them. */
  readonly documents: readonly KubernetesDocument[];
}

/** PriorityClasses, a LimitRange for each container and a ResourceQuota for the namespace. */
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
          // The CDK stacks own the ALB; a Service of one of these types would open a second entrance.
          'services.loadbalancers': '0',
          'services.nodeports': '0',
        },
      },
    });
  }
}

/** The API's Deployment at the upper bounds of its autoscalers. */
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
