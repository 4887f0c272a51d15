import { type AppliedHpa, applyFields, fieldsOf, type Hpa, type Ownership } from './server-side-apply';

const PATH = /^\/apis\/autoscaling\/v2\/namespaces\/([^/]+)\/horizontalpodautoscalers\/([^/]+)$/;

/** Version of the first HPA; a version only ever rises. */
const FIRST_VERSION = 101;

/** What an HPA starts with. */
export interface NewHpa {
  readonly metadata: Omit<Hpa['metadata'], 'resourceVersion'>;
  /** With `minReplicas` and `maxReplicas`. */
  readonly spec: Hpa['spec'];
  /** @default - none, as before the controller's first sync */
  readonly status?: Hpa['status'];
  /** Field manager that owns its fields, such as `kubectl`. */
  readonly manager: string;
}

/** A request of a client that is logged in. */
export interface HpaRequest {
  readonly method: string;
  /** Path without the query, encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** Status and JSON of an answer. */
export interface HpaAnswer {
  readonly status: number;
  readonly body: string;
}

interface Stored {
  readonly hpa: Hpa;
  readonly owners: Ownership;
}

/**
 * HPAs of autoscaling/v2 as the Kubernetes API keeps and serves them, as far as the scaler uses it: GET and server-side
 * apply, with ownership, validation, resource versions and dry runs (kubernetes.io, "Server-Side Apply"). In memory.
 */
export class HpaStore {
  private readonly stored = new Map<string, Stored>();
  private version = FIRST_VERSION - 1;

  /** Creates or replaces an HPA. */
  put({ metadata, spec, status, manager }: NewHpa): void {
    const hpa: Hpa = {
      ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
      metadata: { ...metadata, resourceVersion: this.nextVersion() },
      spec,
      status,
    };
    this.stored.set(keyOf(hpa), { hpa, owners: { [manager]: [...fieldsOf(hpa).keys()] } });
  }

  /** @throws Error where there is none */
  get(namespace: string, name: string): Hpa {
    return this.find(namespace, name).hpa;
  }

  ownersOf(namespace: string, name: string): Ownership {
    return this.find(namespace, name).owners;
  }

  /** Replaces the status, as the controller does; that changes no field of a manager. */
  setStatus(namespace: string, name: string, status: NonNullable<Hpa['status']>): void {
    const { hpa, owners } = this.find(namespace, name);
    this.store({ hpa: { ...hpa, status }, owners });
  }

  /** Somebody's server-side apply by force, past the network. */
  apply(namespace: string, name: string, manager: string, applied: AppliedHpa): void {
    const { hpa, owners } = this.find(namespace, name);
    const result = applyFields(hpa, owners, manager, applied, true);
    if ('hpa' in result) this.store(result);
  }

  /** Answers a request as the API server does. */
  answer(request: HpaRequest): HpaAnswer {
    const [, namespace, name] = PATH.exec(decoded(request.path)) ?? [];
    if (namespace === undefined || name === undefined) return refusal(404, `no such path ${request.path}`);
    const stored = this.stored.get(`${namespace}/${name}`);
    if (request.method === 'GET') {
      return stored ? found(stored.hpa) : refusal(404, `horizontalpodautoscalers "${name}" not found`);
    }
    if (request.method !== 'PATCH') return refusal(405, `${request.method} is not there`);
    // Apply creates what is missing, and the scaler's Role does not allow that.
    if (!stored) return refusal(403, `cannot create resource "horizontalpodautoscalers" in "${namespace}"`);
    return this.patch(stored, request);
  }

  private patch({ hpa, owners }: Stored, { contentType, query, body }: HpaRequest): HpaAnswer {
    if (contentType !== 'application/apply-patch+yaml') return refusal(415, `unsupported ${contentType}`);
    const manager = query.get('fieldManager');
    if (!manager) return refusal(400, 'fieldManager is required for apply patch');
    const applied = parseApplied(body);
    if (applied === undefined) return refusal(400, 'the body must be an object in JSON');
    const version = applied.metadata?.resourceVersion;
    if (version !== undefined && version !== hpa.metadata.resourceVersion) {
      return refusal(409, 'the object has been modified; please apply your changes to the latest version');
    }
    const result = applyFields(hpa, owners, manager, applied, query.get('force') === 'true');
    if ('conflicts' in result) {
      return refusal(409, `Apply failed with conflicts: ${result.conflicts.join(', ')}`);
    }
    const problem = invalid(result.hpa);
    if (problem) return refusal(422, problem);
    return found(query.get('dryRun') === 'All' ? result.hpa : this.store(result));
  }

  /** A change that changes nothing keeps the resource version. */
  private store({ hpa, owners }: Stored): Hpa {
    const before = this.stored.get(keyOf(hpa));
    const same = JSON.stringify([hpa, owners]) === JSON.stringify([before?.hpa, before?.owners]);
    const resourceVersion = same ? hpa.metadata.resourceVersion : this.nextVersion();
    const after = { ...hpa, metadata: { ...hpa.metadata, resourceVersion } };
    this.stored.set(keyOf(hpa), { hpa: after, owners });
    return after;
  }

  private find(namespace: string, name: string): Stored {
    const stored = this.stored.get(`${namespace}/${name}`);
    if (!stored) throw new Error(`there is no HPA ${namespace}/${name}`);
    return stored;
  }

  private nextVersion(): string {
    this.version += 1;
    return String(this.version);
  }
}

/** A refusal as the API server words it. */
export function refusal(code: number, message: string): HpaAnswer {
  const status = { apiVersion: 'v1', kind: 'Status', status: 'Failure', message, code };
  return { status: code, body: JSON.stringify(status) };
}

function found(hpa: Hpa): HpaAnswer {
  return { status: 200, body: JSON.stringify(hpa) };
}

function keyOf({ metadata }: Hpa): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Empty, which is no path, where the encoding is wrong. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

function parseApplied(body: string): AppliedHpa | undefined {
  try {
    const applied: unknown = JSON.parse(body);
    return typeof applied === 'object' && applied !== null ? applied : undefined;
  } catch {
    return undefined;
  }
}

function invalid({ spec }: Hpa): string | undefined {
  const { minReplicas, maxReplicas } = spec as { minReplicas: unknown; maxReplicas: number };
  if (!Number.isInteger(minReplicas) || (minReplicas as number) < 1) {
    return `spec.minReplicas: Invalid value: ${minReplicas}: must be greater than or equal to 1`;
  }
  if ((minReplicas as number) > maxReplicas) {
    return `spec.maxReplicas: Invalid value: ${maxReplicas}: must be greater than or equal to \`minReplicas\``;
  }
  return undefined;
}
