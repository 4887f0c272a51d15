import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from '../certificates';
import { type Answer, FaultServer, type ReceivedRequest } from '../fault-server';
import { type AppliedHpa, applyFields, fieldsOf, type Hpa, type Ownership } from './server-side-apply';

const PATH = /^\/apis\/autoscaling\/v2\/namespaces\/([^/]+)\/horizontalpodautoscalers\/([^/]+)$/;

/** What an HPA of the fake cluster starts with. */
export interface HpaProps {
  readonly name: string;
  /** @default 'default' */
  readonly namespace?: string;
  /** @default 3 */
  readonly minReplicas?: number;
  /** @default 50 */
  readonly maxReplicas?: number;
  /** @default none */
  readonly annotations?: Readonly<Record<string, string>>;
  /** @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default none */
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  /** @default 3 replicas, and no wish for others */
  readonly status?: Readonly<Record<string, unknown>>;
  /** Who owns the fields. @default 'kubectl' */
  readonly manager?: string;
}

interface Stored {
  readonly hpa: Hpa;
  readonly owners: Ownership;
}

/**
 * The part of a Kubernetes API that the scaler uses, over HTTPS with an authority made for this run: GET and
 * server-side apply of HPAs, with ownership, validation, resource versions and dry runs.
 */
export class FakeKubernetes {
  /** PEM. */
  readonly certificateAuthority: string;
  readonly key: string;
  readonly server: FaultServer;
  private readonly stored = new Map<string, Stored>();
  private version = 100;

  /** @param isLoggedIn whether a bearer token is good. @default `the-token` is */
  static async start(isLoggedIn: (token: string) => boolean = isTheToken): Promise<FakeKubernetes> {
    const fake = new FakeKubernetes(isLoggedIn);
    await fake.server.listen();
    return fake;
  }

  private constructor(private readonly isLoggedIn: (token: string) => boolean) {
    const folder = mkdtempSync(join(tmpdir(), 'fake-kubernetes-'));
    const files = selfSigned(folder, 'kubernetes');
    const cert = readFileSync(files.certificate, 'utf8');
    const key = readFileSync(files.key, 'utf8');
    rmSync(folder, { recursive: true });
    this.certificateAuthority = cert;
    this.key = key;
    const clients = { requestCert: true, rejectUnauthorized: false, ca: cert };
    this.server = new FaultServer((request) => this.answer(request), { cert, key, ...clients });
  }

  /** Creates or replaces an HPA. */
  put(props: HpaProps): void {
    const { name, namespace = 'default', minReplicas = 3, maxReplicas = 50, manager = 'kubectl' } = props;
    const { annotations, labels, ownerReferences, status } = props;
    const hpa: Hpa = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: {
        name,
        namespace,
        resourceVersion: this.nextVersion(),
        annotations,
        labels,
        ownerReferences,
      },
      spec: { minReplicas, maxReplicas },
      status: status ?? { currentReplicas: 3, desiredReplicas: 3 },
    };
    this.stored.set(`${namespace}/${name}`, { hpa, owners: { [manager]: [...fieldsOf(hpa).keys()] } });
  }

  /** The HPA as it is now. */
  get(name: string, namespace = 'default'): Hpa {
    return this.find(namespace, name).hpa;
  }

  ownersOf(name: string, namespace = 'default'): Ownership {
    return this.find(namespace, name).owners;
  }

  /** Somebody's server-side apply, past the network. */
  apply(name: string, manager: string, applied: AppliedHpa, namespace = 'default'): void {
    const { hpa, owners } = this.find(namespace, name);
    const result = applyFields(hpa, owners, manager, applied, true);
    if ('hpa' in result) this.store(result);
  }

  /** A refusal as the API server words it, as the fault of the next requests. */
  refuseNext(status: number, times = 1, headers: Readonly<Record<string, string>> = {}): void {
    const { body, headers: own } = refusal(status, `refused with ${status} on purpose`);
    this.server.failNext(
      { kind: 'answer', answer: { status, body, headers: { ...own, ...headers } } },
      times,
    );
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  private answer(request: ReceivedRequest): Answer {
    const [, token = ''] = /^Bearer (.*)$/.exec(request.headers.authorization ?? '') ?? [];
    if (!request.hasClientCertificate && !this.isLoggedIn(token)) return refusal(401, 'Unauthorized');
    const [, namespace, name] = PATH.exec(decodeURIComponent(request.path)) ?? [];
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

  private patch({ hpa, owners }: Stored, { headers, query, body }: ReceivedRequest): Answer {
    if (headers['content-type'] !== 'application/apply-patch+yaml') {
      return refusal(415, `unsupported ${headers['content-type']}`);
    }
    const manager = query.get('fieldManager');
    if (!manager) return refusal(400, 'fieldManager is required for apply patch');
    const applied = JSON.parse(body.toString()) as AppliedHpa;
    const version = applied.metadata?.resourceVersion;
    if (version !== undefined && version !== hpa.metadata.resourceVersion) {
      return refusal(409, 'the object has been modified; please apply your changes to the latest version');
    }
    const result = applyFields(hpa, owners, manager, applied, query.get('force') === 'true');
    if ('conflicts' in result)
      return refusal(409, `Apply failed with conflicts: ${result.conflicts.join(', ')}`);
    const problem = invalid(result.hpa);
    if (problem) return refusal(422, problem);
    return found(query.get('dryRun') === 'All' ? result.hpa : this.store(result));
  }

  /** A change that changes nothing keeps the resource version. */
  private store({ hpa, owners }: Stored): Hpa {
    const key = `${hpa.metadata.namespace}/${hpa.metadata.name}`;
    const before = this.stored.get(key);
    const same = JSON.stringify([hpa, owners]) === JSON.stringify([before?.hpa, before?.owners]);
    const resourceVersion = same ? hpa.metadata.resourceVersion : this.nextVersion();
    const after = { ...hpa, metadata: { ...hpa.metadata, resourceVersion } };
    this.stored.set(key, { hpa: after, owners });
    return after;
  }

  private find(namespace: string, name: string): Stored {
    const stored = this.stored.get(`${namespace}/${name}`);
    if (!stored) throw new Error(`the fake cluster has no HPA ${namespace}/${name}`);
    return stored;
  }

  private nextVersion(): string {
    this.version += 1;
    return String(this.version);
  }
}

function isTheToken(token: string): boolean {
  return token === 'the-token';
}

function invalid({ spec }: Hpa): string | undefined {
  const { minReplicas, maxReplicas } = spec as { minReplicas: number; maxReplicas: number };
  if (!Number.isInteger(minReplicas) || minReplicas < 1) {
    return `spec.minReplicas: Invalid value: ${minReplicas}: must be greater than or equal to 1`;
  }
  if (minReplicas > maxReplicas) {
    return `spec.maxReplicas: Invalid value: ${maxReplicas}: must be greater than or equal to \`minReplicas\``;
  }
  return undefined;
}

function found(hpa: Hpa): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(hpa) };
}

function refusal(code: number, message: string): Answer {
  return {
    status: code,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Status', status: 'Failure', message, code }),
  };
}
