import type { KubernetesDocument } from './manifest';

export const KUSTOMIZATION_FILE = 'kustomization.yaml';

/**
 * Kinds in the order of applying them. What others refer to comes first; the TargetGroupBinding comes before
 * the Deployment, for the controller adds its readiness gate only to pods that it already knows a binding of.
 */
const APPLY_ORDER = [
  'Namespace',
  'ServiceAccount',
  'ConfigMap',
  'Service',
  'TargetGroupBinding',
  'PodDisruptionBudget',
  'Deployment',
  'HorizontalPodAutoscaler',
  'VerticalPodAutoscaler',
];

/** By kind, then by name. A kind that is not in the list comes last. */
export function sortForApply(documents: readonly KubernetesDocument[]): KubernetesDocument[] {
  const rank = ({ kind }: KubernetesDocument) => {
    const index = APPLY_ORDER.indexOf(kind);
    return index < 0 ? APPLY_ORDER.length : index;
  };
  const name = ({ metadata }: KubernetesDocument) => metadata?.name ?? '';
  return [...documents].sort((a, b) => rank(a) - rank(b) || (name(a) < name(b) ? -1 : 1));
}

/** What makes `kubectl apply -k <dir>` apply the files, in this order. */
export function kustomizationOf(fileNames: readonly string[]): KubernetesDocument {
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...fileNames],
    // Without it kustomize sorts by its own list, which knows nothing of TargetGroupBindings.
    sortOptions: { order: 'fifo' },
  };
}
