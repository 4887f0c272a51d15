/** Names one object of a cluster. */
export interface ObjectRef {
  /** API group and version, such as `apps/v1`. */
  readonly apiVersion: string;
  /** Kind, such as `Deployment`. */
  readonly kind: string;
  /** Namespace; undefined for a cluster-scoped object. @default - none */
  readonly namespace?: string;
  /** Unique for the kind in its namespace. */
  readonly name: string;
}

/** An object as the API answers it, as far as commands read it. */
export interface LiveObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly [field: string]: unknown;
}

/** The fields that a manager owns (kubernetes.io, "Server-Side Apply"). */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/** The reference of a document of the manifests. */
export function refOf(document: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}): ObjectRef {
  const { apiVersion, kind, metadata: { name = '', namespace } = {} } = document;
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

/** Text that is unique for an object whatever version of its API names it, and that people can read. */
export function titleOf({ kind, namespace, name }: Omit<ObjectRef, 'apiVersion'>): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
