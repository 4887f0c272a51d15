import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IService } from 'kubernetes-models/v1/Service';
import type { KubernetesDocument } from '../../../k8s/manifest';
import { cpuMillis, memoryMib } from '../../../lib/config/quantities';
import type { Uncovered } from '../uncovered';

/** Pods of one kind, and what each asks for. */
export interface Workload {
  /** Name of the Kubernetes object. */
  readonly name: string;
  /** Replicas without an autoscaler. */
  readonly replicas: number;
  /** CPU that a pod requests, thousandths of a core. */
  readonly cpuMillis: number;
  /** Memory that a pod requests, MiB. */
  readonly memoryMib: number;
  /** Most pods of it on one host; null where nothing spreads them over hosts. */
  readonly podsPerHost: number | null;
  /** Whether its pods are spread over zones. */
  readonly overZones: boolean;
}

/** Kinds that take no nodes and no service of AWS. */
const FREE_KINDS: ReadonlySet<string> = new Set([
  'APIService',
  'Application',
  'ClusterRole',
  'ClusterRoleBinding',
  'ConfigMap',
  'CustomResourceDefinition',
  'HorizontalPodAutoscaler',
  'Kustomization',
  'LimitRange',
  'MutatingWebhookConfiguration',
  'Namespace',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'PriorityClass',
  'ResourceQuota',
  'Role',
  'RoleBinding',
  'ScaledObject',
  'ServiceAccount',
  'TargetGroupBinding',
  'VerticalPodAutoscaler',
]);

/** Documents of unknown kinds; a Service is free unless it creates a load balancer. */
export function uncoveredDocuments(documents: readonly KubernetesDocument[]): Uncovered[] {
  const counts = new Map<string, number>();
  for (const document of documents) {
    const { kind } = document;
    if (kind === 'Deployment' || kind === 'CronJob' || FREE_KINDS.has(kind)) continue;
    if (kind === 'Service' && (document as IService).spec?.type !== 'LoadBalancer') continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([type, count]) => ({ stack: 'Kubernetes', type, count }));
}

/** Deployments, and CronJobs as the one pod that runs now and then. */
export function workloadsOf(documents: readonly KubernetesDocument[]): Workload[] {
  return documents.flatMap((document) => {
    if (document.kind === 'Deployment') {
      const { metadata, spec } = document as IDeployment;
      return [workloadOf(metadata?.name, spec?.replicas ?? 1, spec?.template.spec)];
    }
    if (document.kind === 'CronJob') {
      const { metadata, spec } = document as ICronJob;
      return [workloadOf(metadata?.name, 1, spec?.jobTemplate.spec?.template.spec)];
    }
    return [];
  });
}

function workloadOf(name: string | undefined, replicas: number, pod: IPodSpec | undefined): Workload {
  const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
  const requests = containers.map(({ resources }) => resources?.requests ?? {});
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const spreadOver = (key: string) =>
    pod?.topologySpreadConstraints?.find(({ topologyKey }) => topologyKey === key);
  return {
    name: name ?? '',
    replicas,
    cpuMillis: sum(requests.map(({ cpu }) => cpuMillis(String(cpu ?? '0')))),
    memoryMib: sum(requests.map(({ memory }) => memoryMib(String(memory ?? '0Mi')))),
    podsPerHost: spreadOver('kubernetes.io/hostname')?.maxSkew ?? null,
    overZones: spreadOver('topology.kubernetes.io/zone') !== undefined,
  };
}
