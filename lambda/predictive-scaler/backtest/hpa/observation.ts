/** Input of one sync. Values are in the metric's own unit: cores, bytes, requests per second. */
export interface Observation {
  /** `spec.replicas` of the workload: the desired replicas. */
  readonly specReplicas: number;
  /** `status.replicas` of the workload: existing pods. @default - `specReplicas` */
  readonly statusReplicas?: number;
  /** The workload's pods, as a list, or as totals if they are all alike. */
  readonly pods: readonly PodObservation[] | PodTotals;
  /** Values of Object metrics by name; a missing one could not be read. @default - none */
  readonly objectValues?: Readonly<Record<string, number>>;
  /** Values of External metrics by name, summed over their series; a missing one could not be read. @default - none */
  readonly externalValues?: Readonly<Record<string, number>>;
}

/** One pod. */
export interface PodObservation {
  /** `status.phase` of the pod. */
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** Whether the pod is being deleted. @default false */
  readonly deleting?: boolean;
  /** `status.startTime`, seconds since 1970-01-01 UTC; null before the kubelet has started the pod. */
  readonly startedAtSeconds: number | null;
  /** Ready condition of the pod; null while it has none. */
  readonly readiness: PodReadiness | null;
  /** Requests by resource, summed over the containers. @default - none */
  readonly requests?: Readonly<Record<string, number>>;
  /** Usage by resource. @default - no sample */
  readonly usage?: Readonly<Record<string, UsageSample>>;
  /** Values of Pods metrics by name. @default - no sample */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Ready condition of a pod. */
export interface PodReadiness {
  /** Status of the condition. */
  readonly status: 'True' | 'False' | 'Unknown';
  /** Last change of the status, seconds since 1970-01-01 UTC. */
  readonly changedAtSeconds: number;
}

/** Measured usage of a resource. */
export interface UsageSample {
  /** Mean usage in the window, in the resource's unit. */
  readonly value: number;
  /** End of the measured window, seconds since 1970-01-01 UTC. */
  readonly takenAtSeconds: number;
  /** Length of the window, seconds; 15 to 30 with metrics-server. */
  readonly windowSeconds: number;
}

/**
 * Totals of identical pods: ready pods started long ago and have a sample of every metric here, pending pods have none.
 * The computation costs the same for 3 pods and for 3,000.
 */
export interface PodTotals {
  /** Number of ready pods. */
  readonly readyPods: number;
  /** Number of pods that wait for a node or an image. @default 0 */
  readonly pendingPods?: number;
  /** Request of one pod by resource. @default - none */
  readonly requestPerPod?: Readonly<Record<string, number>>;
  /** Usage of all ready pods by resource; a missing one could not be read. @default - none */
  readonly totalUsage?: Readonly<Record<string, number>>;
  /** Pods metrics by name, summed over the ready pods; a missing one could not be read. @default - none */
  readonly totalMetrics?: Readonly<Record<string, number>>;
}

/** Whether the pods are given as totals. */
export function isPodTotals(pods: Observation['pods']): pods is PodTotals {
  return 'readyPods' in pods;
}

/** Number of pods that the selector matches. */
export function countPods(pods: Observation['pods']): number {
  return isPodTotals(pods) ? pods.readyPods + (pods.pendingPods ?? 0) : pods.length;
}

/**
 * Number of running and ready pods; one that is being deleted counts too (replica_calculator.go, `getReadyPodsCount`).
 */
export function countReadyPods(pods: Observation['pods']): number {
  if (isPodTotals(pods)) return pods.readyPods;
  return pods.filter(({ phase, readiness }) => phase === 'Running' && readiness?.status === 'True').length;
}
