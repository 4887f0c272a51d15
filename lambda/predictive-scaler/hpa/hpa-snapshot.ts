import type { HpaSnapshot } from './hpa-client';

/** Label that KEDA sets on the HPAs that it creates. */
const SCALED_OBJECT_LABEL = 'scaledobject.keda.sh/name';

/** The fields of autoscaling/v2 that are read here; the API may omit all but the metadata. */
interface HpaDocument {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly spec: { readonly minReplicas?: number; readonly maxReplicas: number };
  readonly status?: { readonly currentReplicas?: number; readonly desiredReplicas?: number };
}

/** Parses an HPA from the API's JSON. @throws {SyntaxError} where the text is not a HorizontalPodAutoscaler */
export function parseHpa(text: string): HpaSnapshot {
  const document: unknown = JSON.parse(text);
  if (!isHpa(document)) throw new SyntaxError('not a HorizontalPodAutoscaler of autoscaling/v2');
  const { metadata, spec, status } = document;
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'ScaledObject');
  return {
    // 1 is Kubernetes' default.
    minReplicas: spec.minReplicas ?? 1,
    maxReplicas: spec.maxReplicas,
    currentReplicas: status?.currentReplicas ?? 0,
    desiredReplicas: status?.desiredReplicas ?? 0,
    annotations: metadata.annotations ?? {},
    resourceVersion: metadata.resourceVersion,
    scaledObject: owner?.name ?? metadata.labels?.[SCALED_OBJECT_LABEL],
  };
}

function isHpa(document: unknown): document is HpaDocument {
  const { kind, apiVersion, metadata, spec } = (document ?? {}) as Partial<Record<string, unknown>>;
  return (
    kind === 'HorizontalPodAutoscaler' &&
    apiVersion === 'autoscaling/v2' &&
    typeof (metadata as HpaDocument['metadata'] | undefined)?.resourceVersion === 'string' &&
    Number.isInteger((spec as HpaDocument['spec'] | undefined)?.maxReplicas)
  );
}
