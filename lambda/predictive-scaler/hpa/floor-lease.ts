import { ANNOTATIONS } from '../constants';
import type { AnnotationName, HpaSnapshot } from './hpa-client';

/** A floor with its lease. */
export interface FloorLease {
  /** `minReplicas` while the lease is valid. */
  readonly floor: number;
  /** `minReplicas` after the lease. */
  readonly base: number;
  /** End of the lease, minutes since 1970-01-01 UTC. */
  readonly endMinute: number;
  /** Id of the run that decided the floor. */
  readonly runId: string;
  /** Reason of the decision. */
  readonly reason: string;
}

/** Annotations of the HPA that describe the lease. */
export function leaseAnnotations({
  floor,
  base,
  endMinute,
  runId,
  reason,
}: FloorLease): Record<AnnotationName, string> {
  return {
    [ANNOTATIONS.base]: String(base),
    [ANNOTATIONS.floor]: String(floor),
    [ANNOTATIONS.expiresAt]: new Date(endMinute * 60_000).toISOString().replace('.000Z', 'Z'),
    [ANNOTATIONS.runId]: runId,
    [ANNOTATIONS.reason]: reason,
  } as Record<AnnotationName, string>;
}

/** Whether the scaler set the HPA's `minReplicas`. */
export function hasLease({ annotations }: HpaSnapshot): boolean {
  return annotations[ANNOTATIONS.expiresAt] !== undefined;
}

/** End of the lease, minutes since 1970-01-01 UTC; undefined without a readable lease. */
export function leaseEndOf({ annotations }: HpaSnapshot): number | undefined {
  const end = Date.parse(annotations[ANNOTATIONS.expiresAt] ?? '') / 60_000;
  return Number.isNaN(end) ? undefined : end;
}

/** Whether the HPA has the floor that this run decided. */
export function isInForce({ annotations, minReplicas }: HpaSnapshot, { floor, runId }: FloorLease): boolean {
  return annotations[ANNOTATIONS.runId] === runId && minReplicas >= floor;
}
