import type { KubernetesDocument } from '../../../k8s/manifest';

/** Limits that an autoscaler keeps a Deployment within. */
export interface ScalingBounds {
  /** Name of the Deployment. */
  readonly deployment: string;
  /** Fewest replicas that the autoscaler keeps. */
  readonly minReplicas: number;
  /** Most replicas that the autoscaler starts. */
  readonly maxReplicas: number;
  /** Requests per second that the autoscaler aims at for one replica; null where requests are not its metric. */
  readonly requestsPerSecond: number | null;
}

/** The bounds of every HorizontalPodAutoscaler and KEDA ScaledObject. */
export function scalingBoundsOf(documents: readonly KubernetesDocument[]): ScalingBounds[] {
  return documents.flatMap((document) => {
    if (document.kind === 'HorizontalPodAutoscaler') return [boundsOfAutoscaler(document)];
    if (document.kind === 'ScaledObject') return [boundsOfScaledObject(document)];
    return [];
  });
}

interface AutoscalerSpec {
  readonly scaleTargetRef: { readonly name: string };
  readonly minReplicas?: number;
  readonly maxReplicas: number;
  readonly metrics?: readonly { readonly pods?: { readonly target: { readonly averageValue?: string } } }[];
}

function boundsOfAutoscaler(document: KubernetesDocument): ScalingBounds {
  const { scaleTargetRef, minReplicas = 1, maxReplicas, metrics = [] } = document['spec'] as AutoscalerSpec;
  const target = metrics.map(({ pods }) => pods?.target.averageValue).find((value) => value !== undefined);
  return {
    deployment: scaleTargetRef.name,
    minReplicas,
    maxReplicas,
    requestsPerSecond: target === undefined ? null : Number(target),
  };
}

interface ScaledObjectSpec {
  readonly scaleTargetRef: { readonly name: string };
  readonly minReplicaCount: number;
  readonly maxReplicaCount: number;
  readonly triggers: readonly { readonly type: string; readonly metadata: { readonly threshold?: string } }[];
}

function boundsOfScaledObject(document: KubernetesDocument): ScalingBounds {
  const { scaleTargetRef, minReplicaCount, maxReplicaCount, triggers } = document['spec'] as ScaledObjectSpec;
  const threshold = triggers.find(({ type }) => type === 'prometheus')?.metadata.threshold;
  return {
    deployment: scaleTargetRef.name,
    minReplicas: minReplicaCount,
    maxReplicas: maxReplicaCount,
    requestsPerSecond: threshold === undefined ? null : Number(threshold),
  };
}
