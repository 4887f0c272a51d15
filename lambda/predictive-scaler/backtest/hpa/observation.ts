/** What the controller reads at one sync. Values stand in the metric's own unit: cores, bytes, requests per second. */
export interface Observation {
  /** `spec.replicas` of the scale: what was asked for last. */
  readonly specReplicas: number;
  /** `status.replicas` of the scale: pods that exist. @default - `specReplicas` */
  readonly statusReplicas?: number;
  /** The workload's pods, one by one, or counted where they are all alike. */
  readonly pods: readonly PodObservation[] | PodTotals;
  /** Values of Object metrics by name; one that is not there could not be read. */
  readonly objectValues?: Readonly<Record<string, number>>;
  /** Values of External metrics by name, summed over their series; one that is not there could not be read. */
  readonly externalValues?: Readonly<Record<string, number>>;
}

export interface PodObservation {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** Whether the pod is being deleted. @default false */
  readonly deleting?: boolean;
  /** Start of the pod, seconds since the epoch; null before the kubelet has seen it. */
  readonly startedAtSeconds: number | null;
  /** The pod's Ready condition; null while it has none. */
  readonly readiness: PodReadiness | null;
  /** Requests by resource, summed over the containers. @default - none */
  readonly requests?: Readonly<Record<string, number>>;
  /** Use by resource. @default - no sample */
  readonly usage?: Readonly<Record<string, UsageSample>>;
  /** Values of Pods metrics by name. @default - no sample */
  readonly metrics?: Readonly<Record<string, number>>;
}

export interface PodReadiness {
  readonly status: 'True' | 'False' | 'Unknown';
  /** Last change of the status, seconds since the epoch. */
  readonly changedAtSeconds: number;
}

export interface UsageSample {
  readonly value: number;
  /** End of the time that was measured, seconds since the epoch. */
  readonly takenAtSeconds: number;
  /** Length of that time, seconds; metrics-server's is about 15 to 30. */
  readonly windowSeconds: number;
}

/**
 * Pods that differ in nothing: the ready ones ran through their start long ago and have a sample of every metric
 * named here, the pending ones have none. Costs the same for 3 pods as for 3,000.
 */
export interface PodTotals {
  readonly readyPods: number;
  /** Pods that wait for a node or an image. @default 0 */
  readonly pendingPods?: number;
  /** Request of one pod by resource. @default - none */
  readonly requestPerPod?: Readonly<Record<string, number>>;
  /** Use of the ready pods together by resource; one that is not there could not be read. */
  readonly totalUsage?: Readonly<Record<string, number>>;
  /** Pods metrics by name, summed over the ready pods; one that is not there could not be read. */
  readonly totalMetrics?: Readonly<Record<string, number>>;
}

export function isPodTotals(pods: Observation['pods']): pods is PodTotals {
  return 'readyPods' in pods;
}

/** Pods that the selector finds. */
export function countPods(pods: Observation['pods']): number {
  return isPodTotals(pods) ? pods.readyPods + (pods.pendingPods ?? 0) : pods.length;
}

/** Running and ready pods; one that is being deleted counts too (replica_calculator.go, `getReadyPodsCount`). */
export function countReadyPods(pods: Observation['pods']): number {
  if (isPodTotals(pods)) return pods.readyPods;
  return pods.filter(({ phase, readiness }) => phase === 'Running' && readiness?.status === 'True').length;
}
