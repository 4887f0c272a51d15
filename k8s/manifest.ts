import { NAMESPACE } from '../lib/config/names';

/** Namespaces that every cluster has. */
export const BUILT_IN_NAMESPACES: readonly string[] = ['kube-system'];

/** One Kubernetes resource as data. */
export interface KubernetesDocument {
  /** API group and version, e.g. `apps/v1`; the core group has a version only. */
  readonly apiVersion: string;
  /** E.g. `Deployment`. */
  readonly kind: string;
  /** Kubernetes' object metadata. @default - none, as in a kustomization */
  readonly metadata?: {
    /** Unique for the kind in its namespace. @default - none */
    readonly name?: string;
    /** Where a namespaced resource lives. @default - none: the resource is cluster-scoped */
    readonly namespace?: string;
    /** Values that selectors match, by key. @default - none */
    readonly labels?: Readonly<Record<string, string>>;
    /** Values for tools and controllers, by key. @default - none */
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** The kind's other fields, e.g. `spec`. */
  readonly [field: string]: unknown;
}

/** A file and the one document in it. */
export interface Manifest {
  /** Stable name, e.g. `deployment.llm-cost-ops-api.yaml`. */
  readonly fileName: string;
  /** Content of the file; `toYaml` writes it. */
  readonly document: KubernetesDocument;
}

/** Whether a namespace belongs to another team: neither ours nor the cluster's own; undefined: cluster-scoped. */
export function isForeignNamespace(namespace: string | undefined): boolean {
  return namespace !== undefined && namespace !== NAMESPACE && !BUILT_IN_NAMESPACES.includes(namespace);
}
