import type { KubernetesDocument } from '../../../k8s/manifest';
import { schemaProblems } from '../../../k8s/validation/api-schemas';
import type { ReceivedRequest } from '../fault-server';

/** Parameters by verb (kubernetes.io, "Kubernetes API", "Common parameters"), as far as commands may need them. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  GET: ['labelSelector', 'fieldSelector', 'limit', 'continue', 'resourceVersion', 'pretty', 'timeout'],
  PATCH: ['fieldManager', 'force', 'dryRun', 'fieldValidation', 'pretty', 'timeout'],
  DELETE: ['propagationPolicy', 'gracePeriodSeconds', 'dryRun', 'pretty', 'timeout'],
};

const VALUES: Readonly<Record<string, RegExp>> = {
  dryRun: /^All$/,
  force: /^(true|false)$/,
  limit: /^\d+$/,
  propagationPolicy: /^(Background|Foreground|Orphan)$/,
};

/** The media type of server-side apply. */
const APPLY = 'application/apply-patch+yaml';

/** What a Kubernetes API has against a request, whatever the object; the API itself ignores unknown parameters. */
export function requestProblem({ method, query, headers }: ReceivedRequest): string | undefined {
  const known = PARAMETERS[method];
  if (!known) return `the commands send no ${method}`;
  for (const [name, value] of query) {
    if (!known.includes(name)) return `${method} has no parameter ${name}`;
    if (VALUES[name]?.test(value) === false) return `${name} must not be ${value}`;
  }
  const type = headers['content-type'];
  return method === 'PATCH' && type !== APPLY ? `an apply is ${APPLY}, not ${type}` : undefined;
}

/** The identity of an object in the path of a request. */
export interface PathIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** How an applied object differs from the path that it is sent to; the API refuses it. */
export function identityProblem(
  { apiVersion, kind, metadata }: Pick<KubernetesDocument, 'apiVersion' | 'kind' | 'metadata'>,
  path: PathIdentity,
): string | undefined {
  const sent = { apiVersion, kind, name: metadata?.name, namespace: metadata?.namespace ?? path.namespace };
  const different = Object.entries(sent).find(([key, value]) => value !== path[key as keyof PathIdentity]);
  return different && `the ${different[0]} of the object (${different[1]}) is not that of the request`;
}

/**
 * Differences of an object after an apply to the API's schema of its kind.
 * @param live the object with what the API server writes, which is left out
 */
export function objectProblems(live: Readonly<Record<string, unknown>>): string[] {
  const { status: _, metadata, ...fields } = live;
  const {
    resourceVersion: _version,
    generation: _generation,
    managedFields: _fields,
    ...own
  } = metadata as Record<string, unknown>;
  return schemaProblems({ ...fields, metadata: own } as KubernetesDocument);
}
