/** One Kubernetes resource as data. */
export interface KubernetesDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** A file and the one document in it. */
export interface Manifest {
  /** Stable name, e.g. `deployment.llm-cost-ops-api.yaml`. */
  readonly fileName: string;
  readonly document: KubernetesDocument;
}
