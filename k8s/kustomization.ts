import type { KubernetesDocument } from './manifest';

export const KUSTOMIZATION_FILE = 'kustomization.yaml';

/** Annotation by which Argo CD orders what it applies. */
const SYNC_WAVE_ANNOTATION = 'argocd.argoproj.io/sync-wave';

/**
 * Kinds in the order of applying them, in waves: Argo CD starts one when the one before is healthy. What others refer
 * to comes first; the TargetGroupBinding comes a wave before the Deployment, for its controller adds the readiness
 * gate only to pods that it already knows a binding of.
 */
const WAVES: readonly (readonly string[])[] = [
  ['Namespace', 'PriorityClass'],
  [
    'LimitRange',
    'ResourceQuota',
    'NetworkPolicy',
    'ServiceAccount',
    'Role',
    'ClusterRole',
    'RoleBinding',
    'ClusterRoleBinding',
    'ConfigMap',
    'SecretProviderClass',
    'Service',
    'TargetGroupBinding',
    'PodDisruptionBudget',
  ],
  ['Deployment', 'APIService', 'CronJob'],
  ['HorizontalPodAutoscaler', 'ScaledObject', 'VerticalPodAutoscaler'],
];
const APPLY_ORDER = WAVES.flat();

/** By kind, then by name. A kind that is not in the list comes last. */
export function sortForApply(documents: readonly KubernetesDocument[]): KubernetesDocument[] {
  const rank = ({ kind }: KubernetesDocument) => {
    const index = APPLY_ORDER.indexOf(kind);
    return index < 0 ? APPLY_ORDER.length : index;
  };
  const name = ({ metadata }: KubernetesDocument) => metadata?.name ?? '';
  return [...documents].sort((a, b) => rank(a) - rank(b) || (name(a) < name(b) ? -1 : 1));
}

/** The document with its place in Argo CD's order, which ignores that of the kustomization. */
export function withSyncWave(document: KubernetesDocument): KubernetesDocument {
  const wave = WAVES.findIndex((kinds) => kinds.includes(document.kind));
  if (wave < 0) throw new Error(`kustomization.ts must say in which wave a ${document.kind} is applied`);
  return {
    ...document,
    metadata: {
      ...document.metadata,
      annotations: { ...document.metadata?.annotations, [SYNC_WAVE_ANNOTATION]: String(wave) },
    },
  };
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
