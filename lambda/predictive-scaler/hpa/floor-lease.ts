import { ANNOTATIONS } from '../constants';
import type { AnnotationName, HpaSnapshot } from './hpa-client';

/** A floor with its lease. */
export interface FloorLease {
  /** Replicas. */
  readonly floor: number;
  /** `minReplicas` to go back to. */
  readonly base: number;
  /** Minutes since 1970-01-01 UTC. */
  readonly endMinute: number;
  readonly runId: string;
  readonly reason: string;
}

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

/** Whether the HPA's `minReplicas` is a floor of ours. */
export function hasLease({ annotations }: HpaSnapshot): boolean {
  return annotations[ANNOTATIONS.expiresAt] !== undefined;
}

/** End of the lease, minutes since 1970-01-01 UTC; undefined: there is none that can be read. */
export function leaseEndOf({ annotations }: HpaSnapshot): number | undefined {
  const end = Date.parse(annotations[ANNOTATIONS.expiresAt] ?? '') / 60_000;
  return Number.isNaN(end) ? undefined : end;
}

/** Whether the HPA has the very floor that a run decided. */
export function isInForce({ annotations, minReplicas }: HpaSnapshot, { floor, runId }: FloorLease): boolean {
  return annotations[ANNOTATIONS.runId] === runId && minReplicas >= floor;
}
