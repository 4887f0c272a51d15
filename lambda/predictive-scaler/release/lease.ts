import { ANNOTATIONS, type ReleaseEvent } from '../constants';
import type { HpaSnapshot } from '../hpa/hpa-client';

export type ReleaseWorkload = ReleaseEvent['workloads'][number];

/** What becomes of a floor, and why. */
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
      /** To go back to. */
      readonly minReplicas: number;
    };

/**
 * Whether the lease of a floor has run out. Without one a `minReplicas` is somebody else's, be it as it may.
 * @param nowMs ms since 1970
 */
export function judgeLease(hpa: HpaSnapshot, workload: ReleaseWorkload, nowMs: number): LeaseDecision {
  const lease = hpa.annotations[ANNOTATIONS.expiresAt];
  if (lease === undefined) return { outcome: 'kept', reason: 'no-lease', message: 'there is no lease' };
  const expiry = Date.parse(lease);
  if (expiry > nowMs) return { outcome: 'kept', reason: 'lease-valid', message: `lease until ${lease}` };
  const minReplicas = baseOf(hpa, workload);
  return Number.isNaN(expiry)
    ? // Nobody else could read it either: it would hold the floor for ever.
      { outcome: 'released', reason: 'lease-unreadable', message: `unreadable lease '${lease}'`, minReplicas }
    : { outcome: 'released', reason: 'lease-expired', message: `lease ran out at ${lease}`, minReplicas };
}

/** The base of when the floor was set, where it makes sense; else that of when the schedule was pushed. */
function baseOf({ annotations, maxReplicas }: HpaSnapshot, { baseMinReplicas }: ReleaseWorkload): number {
  const text = annotations[ANNOTATIONS.base] ?? '';
  const base = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN;
  return base <= maxReplicas ? base : Math.min(baseMinReplicas, maxReplicas);
}
