import { CallError } from '../../shared/call-error';
import type { ANNOTATIONS } from '../constants';

/** Which HorizontalPodAutoscaler. */
export interface HpaRef {
  readonly namespace: string;
  readonly name: string;
}

/** An HPA as the Kubernetes API has it. */
export interface HpaSnapshot {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Replicas that the controller saw last; 0 before its first look. */
  readonly currentReplicas: number;
  /** Replicas that the controller wants; 0 before its first look. */
  readonly desiredReplicas: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** Changes with every change of the HPA. */
  readonly resourceVersion: string;
  /** Name of the ScaledObject whose HPA this is: KEDA resets `minReplicas`. undefined: not KEDA's. */
  readonly scaledObject: string | undefined;
}

export type AnnotationName = (typeof ANNOTATIONS)[keyof typeof ANNOTATIONS];

/** All that the scaler wants of an HPA: what is left out here, and was applied before, is taken away. */
export interface FloorPatch {
  readonly minReplicas: number;
  readonly annotations: Readonly<Partial<Record<AnnotationName, string>>>;
  /** Apply only if the HPA is still this one. @default whatever it is */
  readonly resourceVersion?: string;
}

export interface ApplyOptions {
  /** Have everything checked, and change nothing. */
  readonly dryRun: boolean;
}

/** A request about an HPA that failed for good; the message names the HPA. */
export class HpaError extends CallError {
  override readonly name = 'HpaError';
}

/** The autoscalers of a cluster. */
export interface HpaClient {
  /** @throws {HpaError} */
  read(ref: HpaRef): Promise<HpaSnapshot>;

  /**
   * Applies server-side, as the field manager FIELD_MANAGER and by force: takes `spec.minReplicas` and our annotations
   * over from whoever has them, and touches nothing else.
   * @returns the HPA as it is afterwards (as it would be, in a dry run)
   * @throws {HpaError} `conflict` where the resource version is not the present one
   */
  apply(ref: HpaRef, patch: FloorPatch, options: ApplyOptions): Promise<HpaSnapshot>;
}
