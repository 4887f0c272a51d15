import { answerFailure, attemptFailure, judgeAttempt } from '../../lambda/predictive-scaler/hpa/hpa-failure';
import { KubernetesApi, type KubernetesConnection } from '../../lambda/predictive-scaler/hpa/kubernetes-api';
import type { CallErrorKind } from '../../service/shared/call-error';
import { REAL_WAITING, type RetryPolicy, type Waiting, withRetries } from '../../service/shared/retry';
import { UsageError } from '../cli/command';
import { type LiveObject, type ObjectRef, titleOf } from './object-ref';
import { type Discovered, resourcePath } from './resource-path';

export interface KubernetesClientProps {
  readonly connection: KubernetesConnection;
  /** Ends requests and the waits between attempts. @default - requests end by their time-outs only */
  readonly signal?: AbortSignal;
  /** Retry settings that differ from the default. @default - 5 attempts of at most 10 s, 40 s in all */
  readonly retries?: Partial<RetryPolicy>;
  /** Clock, sleep and randomness of retries. @default REAL_WAITING */
  readonly waiting?: Waiting;
}

/** A request to the Kubernetes API that failed after all attempts. */
export class KubernetesProblem extends UsageError {
  constructor(
    readonly kind: CallErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Field manager of everything that the deployment applies. */
export const DEPLOY_MANAGER = 'llm-cost-ops-deploy';

/** An API server of EKS may be replaced in the middle of a deployment. */
const RETRIES: RetryPolicy = {
  attempts: 5,
  attemptMs: 10_000,
  deadlineMs: 40_000,
  baseDelayMs: 300,
  maxDelayMs: 5_000,
};

/** Media type of server-side apply; JSON is valid YAML. */
const APPLY = 'application/apply-patch+yaml';

interface Call {
  readonly method: 'GET' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: { readonly contentType: string; readonly text: string };
  /** What the call does, for error messages. */
  readonly what: string;
}

/** Reads, applies and deletes objects of any kind. */
export class KubernetesClient {
  private readonly api: KubernetesApi;
  private readonly retries: RetryPolicy;
  private readonly discovered = new Map<string, Promise<Discovered>>();

  constructor(private readonly props: KubernetesClientProps) {
    this.api = new KubernetesApi(props.connection);
    this.retries = { ...RETRIES, ...props.retries };
  }

  /** An object; undefined where there is none. @throws {KubernetesProblem} */
  async get(ref: ObjectRef): Promise<LiveObject | undefined> {
    const path = await this.pathOf(ref);
    return this.missing(this.send({ method: 'GET', path, what: `reading ${titleOf(ref)}` }));
  }

  /** Objects of a kind with a label selector, in all namespaces or one. @throws {KubernetesProblem} */
  async list(
    kind: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace'>,
    query: Readonly<Record<string, string>> = {},
  ): Promise<LiveObject[]> {
    const path = `${await this.pathOf({ ...kind, name: '' })}?${new URLSearchParams({ limit: '500', ...query })}`;
    const answer = await this.missing(this.send({ method: 'GET', path, what: `listing ${kind.kind}` }));
    const { items = [] } = (answer ?? {}) as { readonly items?: readonly LiveObject[] };
    // Items of a list leave kind and version out.
    return items.map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
  }

  /**
   * Server-side apply. Fields that another manager owns are taken over.
   * @returns the object as it is afterwards, or would be with `isDryRun`
   * @throws {KubernetesProblem}
   */
  async apply(
    document: object & ObjectDocument,
    { isDryRun }: { readonly isDryRun: boolean },
  ): Promise<LiveObject> {
    return this.applyAs(DEPLOY_MANAGER, document, isDryRun);
  }

  /**
   * Ends the ownership of another manager: what it alone owns goes, as after an apply without fields
   * (kubernetes.io, "Server-Side Apply").
   * @returns the object as it is afterwards
   * @throws {KubernetesProblem}
   */
  async release(ref: ObjectRef, manager: string): Promise<LiveObject> {
    const { apiVersion, kind, ...metadata } = ref;
    return this.applyAs(manager, { apiVersion, kind, metadata }, false);
  }

  private async applyAs(manager: string, document: ObjectDocument, isDryRun: boolean): Promise<LiveObject> {
    const { metadata } = document;
    const ref = { ...metadata, apiVersion: document.apiVersion, kind: document.kind };
    const query = new URLSearchParams({
      fieldManager: manager,
      force: 'true',
      ...(isDryRun && { dryRun: 'All' }),
    });
    const path = `${await this.pathOf(ref)}?${query}`;
    const body = { contentType: APPLY, text: JSON.stringify(document) };
    return this.send({ method: 'PATCH', path, body, what: `applying ${titleOf(ref)}` });
  }

  /** Begins the deletion of an object. @returns false where there was none @throws {KubernetesProblem} */
  async delete(ref: ObjectRef): Promise<boolean> {
    const path = `${await this.pathOf(ref)}?propagationPolicy=Background`;
    const answer = this.send({ method: 'DELETE', path, what: `deleting ${titleOf(ref)}` });
    return (await this.missing(answer)) !== undefined;
  }

  /** Whether the cluster serves a kind. @throws {KubernetesProblem} */
  async serves({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): Promise<boolean> {
    return (await this.discover(apiVersion)).has(kind);
  }

  /** Whether the cluster answers for an API version, whatever its kinds. @throws {KubernetesProblem} */
  async servesApi(apiVersion: string): Promise<boolean> {
    const path = `/apis/${apiVersion}`;
    const answer = this.send({ method: 'GET', path, what: `reading the kinds of ${apiVersion}` });
    return (await this.missing(answer)) !== undefined;
  }

  /** Forgets which kinds the cluster serves: a CustomResourceDefinition was applied. */
  rediscover(): void {
    this.discovered.clear();
  }

  /** Closes the idle connections. */
  close(): void {
    this.api.close();
  }

  private async pathOf(ref: ObjectRef): Promise<string> {
    const resource = (await this.discover(ref.apiVersion)).get(ref.kind);
    if (resource) return resourcePath(ref, resource);
    throw new KubernetesProblem(
      'not-found',
      `the cluster does not serve ${ref.kind} of ${ref.apiVersion}; install what docs/cluster-requirements.md lists for it`,
    );
  }

  private discover(apiVersion: string): Promise<Discovered> {
    const known = this.discovered.get(apiVersion);
    if (known) return known;
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const reading = this.missing(
      this.send({ method: 'GET', path, what: `reading the kinds of ${apiVersion}` }),
    ).then((answer) => {
      const { resources = [] } = (answer ?? {}) as {
        readonly resources?: readonly {
          readonly kind: string;
          readonly name: string;
          readonly namespaced: boolean;
        }[];
      };
      // `deployments/status` and the like have the kind, too.
      const whole = resources.filter(({ name }) => !name.includes('/'));
      return new Map(whole.map(({ kind, name, namespaced }) => [kind, { name, isNamespaced: namespaced }]));
    });
    this.discovered.set(apiVersion, reading);
    reading.catch(() => this.discovered.delete(apiVersion));
    return reading;
  }

  private async missing<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof KubernetesProblem && error.kind === 'not-found') return undefined;
      throw error;
    }
  }

  private async send({ method, path, body, what }: Call): Promise<LiveObject> {
    const { signal, waiting = REAL_WAITING } = this.props;
    try {
      return await withRetries(
        async (timeout, attemptNumber) => {
          signal?.throwIfAborted();
          const ends = signal ? AbortSignal.any([signal, timeout]) : timeout;
          const fresh = attemptNumber > 1;
          const answer = await this.api.request({ method, path, signal: ends, fresh, ...(body && { body }) });
          if (answer.status >= 300) throw answerFailure(answer);
          return JSON.parse(answer.text) as LiveObject;
        },
        (error) => (signal?.aborted === true ? { retry: false } : judgeAttempt(error, true)),
        this.retries,
        waiting,
      );
    } catch (error) {
      signal?.throwIfAborted();
      const { kind, message } = attemptFailure(error);
      throw new KubernetesProblem(kind, `${what}: ${message}${REMEDIES[kind] ?? ''}`, { cause: error });
    }
  }
}

/** What is applied: the identity of the object and its fields. */
export interface ObjectDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const REMEDIES: Partial<Record<CallErrorKind, string>> = {
  unauthorized:
    '; the cluster admits the roles of cluster.adminRoleArns only: use one of them (--cluster-role)',
  forbidden: '; use a role of cluster.adminRoleArns (--cluster-role)',
  timeout:
    '; the Kubernetes API is private: run it inside the VPC, or add your address to cluster.publicAccessCidrs',
  connection:
    '; the Kubernetes API is private: run it inside the VPC, or add your address to cluster.publicAccessCidrs',
};
