/** A rule of a Role or ClusterRole. */
export interface AccessRule {
  /** API groups; '' is the core group. */
  readonly apiGroups: readonly string[];
  /** Plurals, and subresources such as `pods/eviction`. */
  readonly resources: readonly string[];
  /** Names of the objects. @default - all */
  readonly resourceNames?: readonly string[];
  /** What may be done with them, e.g. `get`. */
  readonly verbs: readonly string[];
}

const GROUP = 'autoscaling.k8s.io';
const WATCH = ['get', 'list', 'watch'];

/**
 * What all parts read, in every namespace: they wait at their start until they have listed each kind of workload once.
 * From the ClusterRoles of release 1.6, without Secrets, ConfigMaps and kinds of add-ons.
 */
export const READS: readonly AccessRule[] = [
  {
    apiGroups: [''],
    resources: ['limitranges', 'namespaces', 'nodes', 'pods', 'replicationcontrollers'],
    verbs: WATCH,
  },
  {
    apiGroups: ['apps'],
    resources: ['daemonsets', 'deployments', 'deployments/scale', 'replicasets', 'statefulsets'],
    verbs: WATCH,
  },
  { apiGroups: ['batch'], resources: ['cronjobs', 'jobs'], verbs: WATCH },
  { apiGroups: [GROUP], resources: ['verticalpodautoscalers'], verbs: WATCH },
  { apiGroups: ['metrics.k8s.io'], resources: ['pods'], verbs: ['get', 'list'] },
];

const EVENTS: AccessRule = { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch', 'update'] };

/** What the recommender writes, in the platform's namespace: recommendations, and its memory. */
export const RECOMMENDER_WRITES: readonly AccessRule[] = [
  EVENTS,
  { apiGroups: [GROUP], resources: ['verticalpodautoscalers/status'], verbs: ['get', 'patch'] },
  {
    apiGroups: [GROUP],
    resources: ['verticalpodautoscalercheckpoints'],
    verbs: [...WATCH, 'create', 'patch', 'delete'],
  },
];

/** What the updater does in the platform's namespace: resize pods where they are, or evict them. */
export const UPDATER_WRITES: readonly AccessRule[] = [
  EVENTS,
  { apiGroups: [''], resources: ['pods', 'pods/resize'], verbs: ['patch'] },
  { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
  // It evicts nothing while the admission controller's lease is old: new pods would have the old size.
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: WATCH },
];

/** What the admission controller writes, in the platform's namespace: the lease that says that it works. */
export const ADMISSION_WRITES: readonly AccessRule[] = [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: [...WATCH, 'create', 'update'] },
];
