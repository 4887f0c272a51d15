import { PGBOUNCER_NAME } from '../lib/config/names';
import { ENDPOINTS_NAME } from './labels';
import type { KubernetesDocument } from './manifest';

export const KUSTOMIZATION_FILE = 'kustomization.yaml';

/** Annotation by which Argo CD orders what it applies. */
const SYNC_WAVE_ANNOTATION = 'argocd.argoproj.io/sync-wave';

/** Annotation by which Argo CD treats a resource its own way. */
const SYNC_OPTIONS_ANNOTATION = 'argocd.argoproj.io/sync-options';

/** What is left out without a deployment's outputs: such a rendering must not take it from running pods. */
const KEPT_FROM_PRUNING = [
  `ConfigMap ${ENDPOINTS_NAME}`,
  `ConfigMap ${PGBOUNCER_NAME}`,
  `SecretProviderClass ${PGBOUNCER_NAME}`,
];

/**
 * TargetGroupBinding of the API that leads to NGINX. Where NGINX is switched on, its pods have to be ready before: the
 * binding takes the API's own out of the target group.
 */
const REDIRECTED_BINDING = 'TargetGroupBinding to another Service';

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
  [REDIRECTED_BINDING, 'HorizontalPodAutoscaler', 'ScaledObject', 'VerticalPodAutoscaler'],
];
const APPLY_ORDER = WAVES.flat();

/** The kind by which a document is ranked. */
function rankingKind({ kind, metadata, spec }: KubernetesDocument): string {
  const service = (spec as { serviceRef?: { name: string } } | undefined)?.serviceRef?.name;
  return service !== undefined && service !== metadata?.name ? REDIRECTED_BINDING : kind;
}

function nameOf({ metadata }: KubernetesDocument): string {
  return metadata?.name ?? '';
}

/** By kind, then by name. A kind that is not in the list comes last. */
export function sortForApply(documents: readonly KubernetesDocument[]): KubernetesDocument[] {
  const rank = (document: KubernetesDocument) => {
    const index = APPLY_ORDER.indexOf(rankingKind(document));
    return index < 0 ? APPLY_ORDER.length : index;
  };
  return [...documents].sort((a, b) => rank(a) - rank(b) || (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** The document with its place in Argo CD's order, which ignores that of the kustomization. */
export function withSyncWave(document: KubernetesDocument): KubernetesDocument {
  const wave = WAVES.findIndex((kinds) => kinds.includes(rankingKind(document)));
  if (wave < 0) throw new Error(`kustomization.ts must say in which wave a ${document.kind} is applied`);
  const pruning = KEPT_FROM_PRUNING.includes(`${document.kind} ${nameOf(document)}`) && {
    [SYNC_OPTIONS_ANNOTATION]: 'Prune=false',
  };
  return {
    ...document,
    metadata: {
      ...document.metadata,
      annotations: { ...document.metadata?.annotations, [SYNC_WAVE_ANNOTATION]: String(wave), ...pruning },
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
