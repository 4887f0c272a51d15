import { API_NAME, GATEWAY_NAME, PGBOUNCER_NAME } from '../lib/config/names';
import { ENDPOINTS_NAME } from './labels';
import type { KubernetesDocument } from './manifest';

/** File that `kubectl apply -k` reads. */
export const KUSTOMIZATION_FILE = 'kustomization.yaml';

/** Annotation by which Argo CD orders what it applies. */
const SYNC_WAVE_ANNOTATION = 'argocd.argoproj.io/sync-wave';

/** Annotation with Argo CD's sync options for one resource. */
const SYNC_OPTIONS_ANNOTATION = 'argocd.argoproj.io/sync-options';

/**
 * Argo CD must not prune what a rendering without a deployment's outputs leaves out, because pods use it, nor a
 * definition, with which all objects of its kind would go, those of other teams too.
 */
const KEPT_FROM_PRUNING = [
  `ConfigMap ${ENDPOINTS_NAME}`,
  `ConfigMap ${PGBOUNCER_NAME}`,
  `SecretProviderClass ${PGBOUNCER_NAME}`,
];

/** Services of pods that bindings register by their own name, or by the gateway's. */
const OWN_SERVICES: Readonly<Record<string, string>> = { [GATEWAY_NAME]: API_NAME };

/**
 * TargetGroupBinding of the API whose Service is NGINX's. When NGINX is switched on, its pods must be ready before this
 * binding is applied: the binding removes the API's own pods from the target group.
 */
const REDIRECTED_BINDING = 'TargetGroupBinding to another Service';

/**
 * Kinds in apply order, grouped into waves. Argo CD starts a wave when the one before it is healthy. A kind that others
 * refer to comes before them. The TargetGroupBinding comes one wave before the Deployment: its controller adds the
 * readiness gate only to pods whose Service already has a binding.
 */
const WAVES: readonly (readonly string[])[] = [
  ['Namespace', 'PriorityClass', 'CustomResourceDefinition'],
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
    'MutatingWebhookConfiguration',
  ],
  ['Deployment', 'APIService', 'CronJob'],
  [REDIRECTED_BINDING, 'HorizontalPodAutoscaler', 'ScaledObject', 'VerticalPodAutoscaler'],
];
const APPLY_ORDER = WAVES.flat();

/** The kind that decides a document's place in the apply order. */
function rankingKind({ kind, metadata, spec }: KubernetesDocument): string {
  const service = (spec as { serviceRef?: { name: string } } | undefined)?.serviceRef?.name;
  const name = metadata?.name ?? '';
  return service !== undefined && service !== (OWN_SERVICES[name] ?? name) ? REDIRECTED_BINDING : kind;
}

function nameOf({ metadata }: KubernetesDocument): string {
  return metadata?.name ?? '';
}

/** Documents sorted by kind, in apply order, then by name. A kind that `WAVES` does not list comes last. */
export function sortForApply(documents: readonly KubernetesDocument[]): KubernetesDocument[] {
  const rank = (document: KubernetesDocument) => {
    const index = APPLY_ORDER.indexOf(rankingKind(document));
    return index < 0 ? APPLY_ORDER.length : index;
  };
  return [...documents].sort((a, b) => rank(a) - rank(b) || (nameOf(a) < nameOf(b) ? -1 : 1));
}

/**
 * The document with its sync wave as an annotation; Argo CD ignores the order of the kustomization.
 * @throws Error where `WAVES` does not list the document's kind
 */
export function withSyncWave(document: KubernetesDocument): KubernetesDocument {
  const wave = WAVES.findIndex((kinds) => kinds.includes(rankingKind(document)));
  if (wave < 0) throw new Error(`WAVES in k8s/kustomization.ts must list the kind ${document.kind}`);
  const isKept =
    document.kind === 'CustomResourceDefinition' ||
    KEPT_FROM_PRUNING.includes(`${document.kind} ${nameOf(document)}`);
  const pruning = isKept && {
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

/** The kustomization with which `kubectl apply -k <dir>` applies the files, in this order. */
export function kustomizationOf(fileNames: readonly string[]): KubernetesDocument {
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...fileNames],
    // By default kustomize sorts by its own list of kinds, which does not contain TargetGroupBinding.
    sortOptions: { order: 'fifo' },
  };
}
