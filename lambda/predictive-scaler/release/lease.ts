import { ANNOTATIONS, type ReleaseEvent } from '../constants';
import type { HpaSnapshot } from '../hpa/hpa-client';

/** A workload whose floor is to be released. */
export type ReleaseWorkload = ReleaseEvent['workloads'][number];

/** Whether a floor is kept or released, and why. */
export type LeaseDecision =
  | {
      readonly outcome: 'kept';
      readonly reason: 'no-hpa' | 'no-lease' | 'lease-valid';
      readonly message: string;
    }
  | {
      readonly outcome: 'released';
      readonly reason: 'lease-expired' | 'lease-unreadable';
      readonly message: string;
      /** `minReplicas` after the release. */
      readonly minReplicas: number;
    };

/**
 * Decides whether the floor's lease has expired. A `minReplicas` without a lease was not set by the scaler and is kept.
 * @param nowMs current time, ms since 1970-01-01 UTC
 */
export function judgeLease(hpa: HpaSnapshot, workload: ReleaseWorkload, nowMs: number): LeaseDecision {
  const lease = hpa.annotations[ANNOTATIONS.expiresAt];
  if (lease === undefined) return { outcome: 'kept', reason: 'no-lease', message: 'the HPA has no lease' };
  const expiry = Date.parse(lease);
  if (expiry > nowMs) return { outcome: 'kept', reason: 'lease-valid', message: `lease until ${lease}` };
  const minReplicas = baseOf(hpa, workload);
  return Number.isNaN(expiry)
    ? // No run could read it either, so the floor would never be released.
      { outcome: 'released', reason: 'lease-unreadable', message: `unreadable lease '${lease}'`, minReplicas }
    : { outcome: 'released', reason: 'lease-expired', message: `lease expired at ${lease}`, minReplicas };
}

/** The base in the annotation if it is valid, otherwise the base in the schedule's event. */
function baseOf({ annotations, maxReplicas }: HpaSnapshot, { baseMinReplicas }: ReleaseWorkload): number {
  const text = annotations[ANNOTATIONS.base] ?? '';
  const base = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN;
  return base <= maxReplicas ? base : Math.min(baseMinReplicas, maxReplicas);
}
