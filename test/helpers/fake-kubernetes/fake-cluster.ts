import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesConnection } from '../../../lambda/predictive-scaler/hpa/kubernetes-api';
import { selfSigned } from '../certificates';
import { type Answer, FaultServer, type ReceivedRequest } from '../fault-server';
import { discovery, rootDiscovery } from './discovery';
import { fieldsV1, leavesOf, objectOf } from './field-set';
import { immutableChange } from './immutable-fields';
import { identityProblem, objectProblems, type PathIdentity, requestProblem } from './request-contract';

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
}

interface Stored {
  readonly kind: Kind;
  readonly name: string;
  readonly namespace: string | undefined;
  leaves: Map<string, unknown>;
  readonly owners: Map<string, Set<string>>;
  version: number;
  generation: number;
  status: unknown;
}

export interface FakeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const CLUSTER_SCOPED = [
  'Namespace',
  'PriorityClass',
  'ClusterRole',
  'ClusterRoleBinding',
  'APIService',
  'CustomResourceDefinition',
  'MutatingWebhookConfiguration',
];
const PLURALS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies',
  PriorityClass: 'priorityclasses',
  SecretProviderClass: 'secretproviderclasses',
};

/**
 * A Kubernetes API for objects of any kind: discovery, get, list by labels, server-side apply with managed fields and
 * dry runs, delete. Deployments become available after some looks, kinds of new definitions are served after some.
 */
export class FakeCluster {
  readonly server: FaultServer;
  readonly certificateAuthority: string;
  /** Looks at a Deployment until it is available. */
  looksUntilAvailable = 1;
  /** Whether an object has to fit the API's schema of its kind after an apply over the network. */
  checksObjects = false;
  /** Names of Deployments whose pods wait, with the reason. */
  readonly stuck = new Map<string, { readonly reason: string; readonly message: string }>();
  private readonly objects = new Map<string, Stored>();
  /** Discoveries of a group until a new definition's kind is among them. */
  looksUntilEstablished = 1;
  private readonly kinds: Kind[] = [];
  /** Looks at the API version of definitions that are not served yet. */
  private readonly defined: { readonly kind: Kind; looks: number }[] = [];
  private readonly looks = new Map<string, number>();
  private version = 100;

  /** @param served kinds that the API knows, as [apiVersion, kind]; Pod and Event are always there */
  static async start(served: readonly (readonly [string, string])[]): Promise<FakeCluster> {
    const fake = new FakeCluster(served);
    await fake.server.listen();
    return fake;
  }

  private constructor(served: readonly (readonly [string, string])[]) {
    for (const [apiVersion, kind] of [...served, ['v1', 'Pod'] as const, ['v1', 'Event'] as const]) {
      this.serve(apiVersion, kind);
    }
    const folder = mkdtempSync(join(tmpdir(), 'fake-cluster-'));
    const files = selfSigned(folder, 'kubernetes');
    this.certificateAuthority = readFileSync(files.certificate, 'utf8');
    const key = readFileSync(files.key, 'utf8');
    rmSync(folder, { recursive: true });
    this.server = new FaultServer((request) => this.answer(request), {
      cert: this.certificateAuthority,
      key,
    });
  }

  serve(apiVersion: string, kind: string): void {
    if (this.kinds.some((one) => one.apiVersion === apiVersion && one.kind === kind)) return;
    const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
    this.kinds.push({ apiVersion, kind, plural, isNamespaced: !CLUSTER_SCOPED.includes(kind) });
  }

  get connection(): KubernetesConnection {
    return {
      endpoint: this.server.url,
      certificateAuthority: this.certificateAuthority,
      logIn: { token: async () => 'the-token' },
    };
  }

  /** Titles of all objects, such as `Service llm-cost-ops/api`. */
  get titles(): string[] {
    return [...this.objects.keys()].sort();
  }

  get(kind: string, name: string): Record<string, unknown> | undefined {
    const found = [...this.objects.values()].find((one) => one.kind.kind === kind && one.name === name);
    return found && this.view(found);
  }

  /** Fields that one manager alone owns, as `Deployment llm-cost-ops/api f:spec f:paused`. */
  fieldsOnlyOf(manager: string): string[] {
    return [...this.objects].flatMap(([title, { owners }]) => {
      const others = [...owners].filter(([name]) => name !== manager).map(([, paths]) => paths);
      const own = [...(owners.get(manager) ?? [])].filter((path) => !others.some((paths) => paths.has(path)));
      return own.map((path) => `${title} ${path.replaceAll('\t', ' ')}`);
    });
  }

  /** Somebody's server-side apply, past the network. */
  apply(
    document: FakeObject,
    manager: string,
    { isDryRun = false, isEstablished = true } = {},
  ): Record<string, unknown> {
    const { apiVersion, kind: name, metadata } = document;
    const all = [...this.kinds, ...this.defined.map((one) => one.kind)];
    const kind = all.find((one) => one.apiVersion === apiVersion && one.kind === name);
    if (!kind) throw new Error(`the fake cluster does not serve ${name} of ${apiVersion}`);
    const key = titleOf(name, metadata.namespace, metadata.name);
    const before = this.objects.get(key);
    const stored: Stored = before
      ? { ...before, owners: new Map([...before.owners].map(([one, paths]) => [one, new Set(paths)])) }
      : {
          kind,
          name: metadata.name,
          namespace: metadata.namespace,
          leaves: new Map(),
          owners: new Map(),
          version: 0,
          generation: 0,
          status: undefined,
        };
    const wanted = leavesOf(document);
    const others = [...stored.owners].filter(([one]) => one !== manager);
    const removed = [...(stored.owners.get(manager) ?? [])].filter(
      (path) => !wanted.has(path) && !others.some(([, paths]) => paths.has(path)),
    );
    stored.leaves = new Map([...stored.leaves].filter(([path]) => !removed.includes(path)));
    for (const [path, value] of wanted) {
      const isSame = JSON.stringify(stored.leaves.get(path)) === JSON.stringify(value);
      if (!isSame) for (const [, paths] of others) paths.delete(path);
      stored.leaves.set(path, value);
    }
    if (wanted.size > 0) stored.owners.set(manager, new Set(wanted.keys()));
    else stored.owners.delete(manager);
    const isChanged = JSON.stringify([...stored.leaves]) !== JSON.stringify([...(before?.leaves ?? [])]);
    if (isChanged || !before) {
      this.version += 1;
      stored.version = this.version;
      stored.generation += 1;
    }
    if (!isDryRun) {
      this.objects.set(key, stored);
      if (name === 'CustomResourceDefinition') this.define(document, isEstablished);
    }
    return this.view(stored);
  }

  /** Writes the status of an object, as its controller does. */
  report({ kind, metadata: { name, namespace } }: FakeObject, status: unknown): void {
    const stored = this.objects.get(titleOf(kind, namespace, name));
    if (!stored) throw new Error(`the fake cluster has no ${kind} ${name}`);
    stored.status = status;
  }

  private define(definition: FakeObject, isEstablished: boolean): void {
    const kind = kindOf(definition);
    if (this.defined.some((one) => titleOfKind(one.kind) === titleOfKind(kind))) return;
    this.defined.push({ kind, looks: isEstablished ? Infinity : 0 });
  }

  /** A definition goes with all objects of its kind. */
  private undefine(definition: FakeObject): void {
    const { apiVersion, kind } = kindOf(definition);
    const isIt = (one: Kind) => one.apiVersion === apiVersion && one.kind === kind;
    for (const [key, stored] of this.objects) if (isIt(stored.kind)) this.objects.delete(key);
    const index = this.defined.findIndex((one) => isIt(one.kind));
    if (index >= 0) this.defined.splice(index, 1);
  }

  /** Every kind that is served: built in, or defined long enough. */
  private get served(): Kind[] {
    const established = this.defined.filter(({ looks }) => looks >= this.looksUntilEstablished);
    return [...this.kinds, ...established.map(({ kind }) => kind)];
  }

  /** Forgets objects and faults. */
  reset(): void {
    this.objects.clear();
    this.defined.length = 0;
    this.looksUntilEstablished = 1;
    this.looks.clear();
    this.stuck.clear();
    this.server.reset();
    this.looksUntilAvailable = 1;
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  private answer(request: ReceivedRequest): Answer {
    if (!/^Bearer (the-token|k8s-aws-v1\.)/.test(request.headers.authorization ?? '')) {
      return refusal(401, 'Unauthorized');
    }
    const wrong = requestProblem(request);
    if (wrong !== undefined) return refusal(400, wrong);
    const path = decodeURIComponent(request.path);
    const groups = rootDiscovery(path, this.served);
    if (groups) return json(200, groups);
    const [, apiVersion = '', rest = ''] =
      /^\/(?:api\/(?=v1)|apis\/)(v1(?=\/|$)|[^/]+\/[^/]+)\/?(.*)$/.exec(path) ?? [];
    const served = this.served.filter((one) => one.apiVersion === apiVersion);
    if (rest === '') {
      for (const one of this.defined) if (one.kind.apiVersion === apiVersion) one.looks += 1;
    }
    if (served.length === 0) return refusal(404, `the server could not find ${path}`);
    if (rest === '') return json(200, discovery(apiVersion, served));
    const [, namespace, plural, name] =
      /^(?:namespaces\/([^/]+)\/(?=.))?([^/]+)(?:\/([^/]+))?$/.exec(rest) ?? [];
    const kind = served.find((one) => one.plural === plural);
    if (!kind) return refusal(404, `the server could not find ${path}`);
    if (name === undefined) {
      const items = this.list(kind, namespace, request.query);
      return json(200, { apiVersion, kind: `${kind.kind}List`, metadata: {}, items });
    }
    return this.single(kind, namespace, name, request);
  }

  private single(kind: Kind, namespace: string | undefined, name: string, request: ReceivedRequest): Answer {
    const key = titleOf(kind.kind, namespace, name);
    const stored = this.objects.get(key);
    if (request.method === 'PATCH') {
      const manager = request.query.get('fieldManager');
      if (!manager) return refusal(400, 'fieldManager is required for apply patch');
      const needs = namespace === undefined ? undefined : titleOf('Namespace', undefined, namespace);
      if (needs !== undefined && namespace !== 'kube-system' && !this.objects.has(needs)) {
        return refusal(404, `namespaces "${namespace}" not found`);
      }
      const document = JSON.parse(request.body.toString()) as FakeObject;
      const invalid = this.applyProblem(document, manager, { ...kind, namespace, name });
      if (invalid) return invalid;
      return json(
        stored ? 200 : 201,
        this.apply(document, manager, {
          isDryRun: request.query.get('dryRun') === 'All',
          isEstablished: false,
        }),
      );
    }
    if (!stored) return refusal(404, `${kind.plural} "${name}" not found`);
    if (request.method === 'DELETE') {
      if (kind.kind === 'CustomResourceDefinition') this.undefine(this.view(stored) as unknown as FakeObject);
      this.objects.delete(key);
      // The garbage collector empties a namespace.
      if (kind.kind === 'Namespace') {
        for (const [other, { namespace: inside }] of this.objects)
          if (inside === name) this.objects.delete(other);
      }
      const details = { name, kind: kind.plural };
      return json(200, { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success', details });
    }
    if (kind.kind === 'Deployment') this.look(stored);
    return json(200, this.view(stored));
  }

  /** The API server's refusal of an apply. */
  private applyProblem(document: FakeObject, manager: string, path: PathIdentity): Answer | undefined {
    const other = identityProblem(document, path);
    if (other !== undefined) return refusal(400, other);
    const stored = this.objects.get(titleOf(path.kind, path.namespace, path.name));
    const field = stored && immutableChange(this.view(stored), document);
    const problems =
      field !== undefined
        ? [`${field}: Invalid value: field is immutable`]
        : this.checksObjects
          ? objectProblems(this.apply(document, manager, { isDryRun: true }))
          : [];
    if (problems.length === 0) return undefined;
    return refusal(422, `${path.kind} "${path.name}" is invalid: ${problems.join('; ')}`);
  }

  private list(kind: Kind, namespace: string | undefined, query: URLSearchParams): unknown[] {
    if (kind.kind === 'Pod') return this.podsOf(query);
    const wanted = (query.get('labelSelector') ?? '').split(',').filter((one) => one !== '');
    return [...this.objects.values()]
      .filter((one) => one.kind === kind && (namespace === undefined || one.namespace === namespace))
      .map((one) => this.view(one))
      .filter(({ metadata }) => {
        const { labels = {} } = metadata as { labels?: Record<string, string> };
        return wanted.every((pair) => {
          const [label = '', value] = pair.split('=');
          return labels[label] === value;
        });
      });
  }

  /** Pods of Deployments that are stuck. */
  private podsOf(query: URLSearchParams): unknown[] {
    return [...this.stuck].flatMap(([name, waiting]) => {
      const deployment = this.get('Deployment', name);
      const { matchLabels = {} } =
        (deployment?.['spec'] as { selector?: { matchLabels?: Record<string, string> } })?.selector ?? {};
      const selector = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
      if (selector.join(',') !== query.get('labelSelector')) return [];
      return [
        {
          metadata: { name: `${name}-1` },
          status: {
            phase: 'Pending',
            containerStatuses: [{ name: 'main', ready: false, state: { waiting } }],
          },
        },
      ];
    });
  }

  private look(stored: Stored): void {
    const key = `${stored.name}/${stored.generation}`;
    const count = (this.looks.get(key) ?? 0) + 1;
    this.looks.set(key, count);
    const { replicas = 1 } = (this.view(stored)['spec'] ?? {}) as { replicas?: number };
    const isStuck = this.stuck.has(stored.name);
    const ready = !isStuck && count > this.looksUntilAvailable ? replicas : 0;
    stored.status = {
      observedGeneration: stored.generation,
      replicas,
      updatedReplicas: replicas,
      availableReplicas: ready,
      conditions: isStuck
        ? [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }]
        : [],
    };
  }

  private view({
    kind,
    name,
    namespace,
    leaves,
    owners,
    version,
    generation,
    status,
  }: Stored): Record<string, unknown> {
    const object = objectOf(leaves);
    const managedFields = [...owners].map(([manager, paths]) => ({
      manager,
      operation: 'Apply',
      apiVersion: kind.apiVersion,
      fieldsType: 'FieldsV1',
      fieldsV1: fieldsV1(paths),
    }));
    return {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      ...object,
      metadata: {
        ...(object['metadata'] as object | undefined),
        name,
        ...(namespace !== undefined && { namespace }),
        resourceVersion: String(version),
        generation,
        managedFields,
      },
      ...(status !== undefined && { status }),
    };
  }
}

/** The kind that a CustomResourceDefinition with one version defines. */
function kindOf(definition: FakeObject): Kind {
  const { group, names, scope, versions } = (definition as FakeObject & { spec: DefinitionSpec }).spec;
  return {
    apiVersion: `${group}/${versions[0]?.name}`,
    kind: names.kind,
    plural: names.plural,
    isNamespaced: scope === 'Namespaced',
  };
}

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly kind: string; readonly plural: string };
  readonly scope: string;
  readonly versions: readonly { readonly name: string }[];
}

function titleOfKind({ apiVersion, kind }: Kind): string {
  return `${apiVersion} ${kind}`;
}

function titleOf(kind: string, namespace: string | undefined, name: string): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function json(status: number, value: object): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** Reasons of a Status by its code (kubernetes.io, "Kubernetes API", "Status"). */
const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  404: 'NotFound',
  422: 'Invalid',
};

function refusal(code: number, message: string): Answer {
  const status = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message };
  return json(code, { ...status, reason: REASONS[code], code });
}
