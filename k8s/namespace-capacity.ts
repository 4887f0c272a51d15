import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { cpuMillis, memoryMib } from '../lib/config/quantities';
import type { KubernetesDocument } from './manifest';

/** CPU in thousandths of a core, memory in MiB. */
export interface Capacity {
  readonly cpuMillis: number;
  readonly memoryMib: number;
}

/** What pods ask for and what they may use. */
export interface Demand {
  readonly pods: number;
  readonly requests: Capacity;
  readonly limits: Capacity;
}

/** A Deployment whose size and pods autoscalers decide. */
export interface ScaledDeployment {
  readonly name: string;
  /** Most replicas. */
  readonly maxReplicas: number;
  /** Most that a vertical autoscaler lets each of its containers ask for; null where it changes nothing. */
  readonly containerCeiling: Capacity | null;
}

/** Pods of one CronJob at a time: `concurrencyPolicy: Forbid`, and the one before that is still there. */
const PODS_OF_CRON_JOB = 2;

/** What all Deployments and CronJobs among the documents may come to when they are scaled as far as they may. */
export function demandOf(documents: readonly KubernetesDocument[], scaled: ScaledDeployment): Demand {
  return documents.map((document) => demandOfDocument(document, scaled)).reduce(add, NOTHING);
}

/** The most that any one container may use, and so the most that a LimitRange has to let pass. */
export function largestContainer(
  documents: readonly KubernetesDocument[],
  scaled: ScaledDeployment,
): Capacity {
  const limits = documents.flatMap((document) => {
    const { pod, ceiling } = workloadOf(document, scaled) ?? {};
    return containersOf(pod).map((container) => usageOf(container, ceiling ?? null).limits);
  });
  return {
    cpuMillis: Math.max(...limits.map((limit) => limit.cpuMillis)),
    memoryMib: Math.max(...limits.map((limit) => limit.memoryMib)),
  };
}

const NO_CAPACITY: Capacity = { cpuMillis: 0, memoryMib: 0 };
const NOTHING: Demand = { pods: 0, requests: NO_CAPACITY, limits: NO_CAPACITY };

interface Workload {
  readonly pods: number;
  readonly pod: IPodSpec | undefined;
  readonly ceiling: Capacity | null;
}

function workloadOf(document: KubernetesDocument, scaled: ScaledDeployment): Workload | undefined {
  if (document.kind === 'Deployment') {
    const { metadata, spec } = document as IDeployment;
    const isScaled = metadata?.name === scaled.name;
    return {
      pods: isScaled ? scaled.maxReplicas : (spec?.replicas ?? 1),
      pod: spec?.template.spec,
      ceiling: isScaled ? scaled.containerCeiling : null,
    };
  }
  if (document.kind === 'CronJob') {
    const { spec } = document as ICronJob;
    return { pods: PODS_OF_CRON_JOB, pod: spec?.jobTemplate.spec?.template.spec, ceiling: null };
  }
  return undefined;
}

function demandOfDocument(document: KubernetesDocument, scaled: ScaledDeployment): Demand {
  const workload = workloadOf(document, scaled);
  if (workload === undefined) return NOTHING;
  const one = containersOf(workload.pod)
    .map((container) => usageOf(container, workload.ceiling))
    .reduce(add, NOTHING);
  return times({ ...one, pods: 1 }, workload.pods);
}

type Container = IPodSpec['containers'][number];

/** Init containers count in full: the sidecars among them stay. */
function containersOf(pod: IPodSpec | undefined): Container[] {
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
}

/** A vertical autoscaler raises the limit with the request, in proportion. */
function usageOf({ resources }: Container, ceiling: Capacity | null): Demand {
  const requests = capacityOf(resources?.requests);
  const limits = capacityOf(resources?.limits);
  if (ceiling === null) return { pods: 0, requests, limits };
  const cpu = Math.max(1, ceiling.cpuMillis / requests.cpuMillis);
  const memory = Math.max(1, ceiling.memoryMib / requests.memoryMib);
  const scale = (capacity: Capacity): Capacity => ({
    cpuMillis: Math.ceil(capacity.cpuMillis * cpu),
    memoryMib: Math.ceil(capacity.memoryMib * memory),
  });
  return { pods: 0, requests: scale(requests), limits: scale(limits) };
}

function capacityOf(resources: Readonly<Record<string, number | string>> | undefined): Capacity {
  return {
    cpuMillis: cpuMillis(String(resources?.['cpu'] ?? '0')),
    memoryMib: memoryMib(String(resources?.['memory'] ?? '0Mi')),
  };
}

function add(a: Demand, b: Demand): Demand {
  return { pods: a.pods + b.pods, requests: sum(a.requests, b.requests), limits: sum(a.limits, b.limits) };
}

function sum(a: Capacity, b: Capacity): Capacity {
  return { cpuMillis: a.cpuMillis + b.cpuMillis, memoryMib: a.memoryMib + b.memoryMib };
}

function times({ pods, requests, limits }: Demand, factor: number): Demand {
  const scale = (capacity: Capacity): Capacity => ({
    cpuMillis: capacity.cpuMillis * factor,
    memoryMib: capacity.memoryMib * factor,
  });
  return { pods: pods * factor, requests: scale(requests), limits: scale(limits) };
}
