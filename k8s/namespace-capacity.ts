import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { cpuMillis, memoryMib } from '../lib/config/quantities';
import type { KubernetesDocument } from './manifest';

/** An amount of CPU and memory. */
export interface Capacity {
  /** CPU, thousandths of a core. */
  readonly cpuMillis: number;
  /** Memory, MiB. */
  readonly memoryMib: number;
}

/** Resources of a number of pods. */
export interface Demand {
  /** Number of pods. */
  readonly pods: number;
  /** Sum of their containers' requests. */
  readonly requests: Capacity;
  /** Sum of their containers' limits. */
  readonly limits: Capacity;
}

/** Bounds of a Deployment that an HPA and possibly a VPA scale. */
export interface ScaledDeployment {
  /** `metadata.name` of the Deployment. */
  readonly name: string;
  /** Upper bound of the HPA. */
  readonly maxReplicas: number;
  /** Largest request that the VPA may set on each container; null where no VPA changes requests. */
  readonly containerCeiling: Capacity | null;
}

/** Most pods of one CronJob at a time: `concurrencyPolicy: Forbid` allows one, and the finished one still counts. */
const PODS_OF_CRON_JOB = 2;

/** Demand of all Deployments and CronJobs among the documents, with the scaled Deployment at its upper bounds. */
export function demandOf(documents: readonly KubernetesDocument[], scaled: ScaledDeployment): Demand {
  return documents.map((document) => demandOfDocument(document, scaled)).reduce(add, NOTHING);
}

/** The largest limits of any single container; a LimitRange must allow at least these. */
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

/** Init containers count in full: the sidecars among them keep running. */
function containersOf(pod: IPodSpec | undefined): Container[] {
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
}

/** Requests and limits of a container. A VPA raises the limit in proportion to the request. */
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
