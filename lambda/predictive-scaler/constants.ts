/**
 * What the scaler, the manifests and the stacks agree on. Imports nothing: it is the only file here that
 * infrastructure code may import.
 */

/**
 * Field manager of server-side apply: it owns `spec.minReplicas` and the annotations below, and nothing else. They are
 * only ever applied (never merged or replaced), or whoever ends a lease could not take the annotations away.
 */
export const FIELD_MANAGER = 'llm-cost-ops-predictive-scaler';

/** Kubernetes group of the scaler's EKS access entry; a RoleBinding gives it its rights. */
export const SCALER_GROUP = 'llm-cost-ops:predictive-scaler';

/** Annotations of the HPA while the scaler holds its floor up. */
export const ANNOTATIONS = {
  /** `minReplicas` to go back to, a whole number. */
  base: 'predictive-scaler.llm-cost-ops/base',
  /** `minReplicas` that the scaler set, a whole number. */
  floor: 'predictive-scaler.llm-cost-ops/floor',
  /** End of the lease, RFC 3339 in UTC; afterwards anybody may go back to the base. */
  expiresAt: 'predictive-scaler.llm-cost-ops/expires-at',
  /** Run that wrote the floor. */
  runId: 'predictive-scaler.llm-cost-ops/run-id',
  /** Why the floor is what it is. */
  reason: 'predictive-scaler.llm-cost-ops/reason',
} as const;
