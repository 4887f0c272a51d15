import { CallError } from '../../../service/shared/call-error';
import type { ANNOTATIONS } from '../constants';

/** Identifies a HorizontalPodAutoscaler. */
export interface HpaRef {
  /** Kubernetes namespace. */
  readonly namespace: string;
  /** `metadata.name`. */
  readonly name: string;
}

/** An HPA as the Kubernetes API returned it. */
export interface HpaSnapshot {
  /** `spec.minReplicas`. */
  readonly minReplicas: number;
  /** `spec.maxReplicas`. */
  readonly maxReplicas: number;
  /** `status.currentReplicas`; 0 before the controller's first sync. */
  readonly currentReplicas: number;
  /** `status.desiredReplicas`; 0 before the controller's first sync. */
  readonly desiredReplicas: number;
  /** `metadata.annotations`. */
  readonly annotations: Readonly<Record<string, string>>;
  /** `metadata.resourceVersion`, which changes with every write. */
  readonly resourceVersion: string;
  /** Name of the ScaledObject that owns the HPA: KEDA resets `minReplicas`. Undefined for other HPAs. */
  readonly scaledObject: string | undefined;
}

/** Annotation of a lease. */
export type AnnotationName = (typeof ANNOTATIONS)[keyof typeof ANNOTATIONS];

/**
 * Fields that the scaler applies. Server-side apply removes annotations that were applied before and are missing here.
 */
export interface FloorPatch {
  /** `spec.minReplicas`. */
  readonly minReplicas: number;
  /** Annotations of the lease; empty removes it. */
  readonly annotations: Readonly<Partial<Record<AnnotationName, string>>>;
  /** Apply only if the HPA still has this version. @default - any version */
  readonly resourceVersion?: string;
}

/** Options of `apply`. */
export interface ApplyOptions {
  /** Whether the API server only validates the patch and changes nothing. */
  readonly dryRun: boolean;
}

/** A request for an HPA failed after all retries. The message names the HPA. */
export class HpaError extends CallError {
  override readonly name = 'HpaError';
}

/** Reads and patches the HPAs of a cluster. */
export interface HpaClient {
  /** Reads an HPA. @throws {HpaError} `not-found` where it does not exist */
  read(ref: HpaRef): Promise<HpaSnapshot>;

  /**
   * Server-side apply with the field manager FIELD_MANAGER and `force`: it takes ownership of `spec.minReplicas` and
   * the lease's annotations from other managers, and changes nothing else.
   * @returns the HPA after the change; in a dry run, as it would be
   * @throws {HpaError} `conflict` where the resource version has changed
   */
  apply(ref: HpaRef, patch: FloorPatch, options: ApplyOptions): Promise<HpaSnapshot>;
}
