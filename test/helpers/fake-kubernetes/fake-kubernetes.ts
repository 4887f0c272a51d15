import { HpaStore, refusal } from '../../../bin/local/hpa/hpa-store';
import type { AppliedHpa, Hpa, Ownership } from '../../../bin/local/hpa/server-side-apply';
import { selfSignedCertificate } from '../../../k8s/scripts/self-signed-certificate';
import { type Answer, FaultServer, type ReceivedRequest } from '../fault-server';

const JSON_TYPE = { 'content-type': 'application/json' };

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

/**
 * The part of a Kubernetes API that the scaler uses, over HTTPS with an authority made for this run, with
 * faults on demand. It serves the HPAs of an HpaStore.
 */
export class FakeKubernetes {
  /** PEM. */
  readonly certificateAuthority: string;
  readonly key: string;
  readonly server: FaultServer;
  private readonly store = new HpaStore();

  /** @param isLoggedIn whether a bearer token is good. @default `the-token` is */
  static async start(isLoggedIn: (token: string) => boolean = isTheToken): Promise<FakeKubernetes> {
    const fake = new FakeKubernetes(isLoggedIn);
    await fake.server.listen();
    return fake;
  }

  private constructor(private readonly isLoggedIn: (token: string) => boolean) {
    const { certificate: cert, key } = selfSignedCertificate('kubernetes');
    this.certificateAuthority = cert;
    this.key = key;
    const clients = { requestCert: true, rejectUnauthorized: false, ca: cert };
    this.server = new FaultServer((request) => this.answer(request), { cert, key, ...clients });
  }

  /** Creates or replaces an HPA. */
  put(props: HpaProps): void {
    const { name, namespace = 'default', minReplicas = 3, maxReplicas = 50, manager = 'kubectl' } = props;
    const { annotations, labels, ownerReferences, status } = props;
    this.store.put({
      metadata: { name, namespace, annotations, labels, ownerReferences },
      spec: { minReplicas, maxReplicas },
      status: status ?? { currentReplicas: 3, desiredReplicas: 3 },
      manager,
    });
  }

  /** The HPA as it is now. */
  get(name: string, namespace = 'default'): Hpa {
    return this.store.get(namespace, name);
  }

  ownersOf(name: string, namespace = 'default'): Ownership {
    return this.store.ownersOf(namespace, name);
  }

  /** Somebody's server-side apply, past the network. */
  apply(name: string, manager: string, applied: AppliedHpa, namespace = 'default'): void {
    this.store.apply(namespace, name, manager, applied);
  }

  /** A refusal as the API server words it, as the fault of the next requests. */
  refuseNext(status: number, times = 1, headers: Readonly<Record<string, string>> = {}): void {
    const answer = {
      ...refusal(status, `refused with ${status} on purpose`),
      headers: { ...JSON_TYPE, ...headers },
    };
    this.server.failNext({ kind: 'answer', answer }, times);
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  private answer({ method, path, query, headers, body, hasClientCertificate }: ReceivedRequest): Answer {
    const [, token = ''] = /^Bearer (.*)$/.exec(headers.authorization ?? '') ?? [];
    const isAllowed = hasClientCertificate || this.isLoggedIn(token);
    const request = { method, path, query, contentType: headers['content-type'], body: body.toString() };
    const answer = isAllowed ? this.store.answer(request) : refusal(401, 'Unauthorized');
    return { ...answer, headers: JSON_TYPE };
  }
}

function isTheToken(token: string): boolean {
  return token === 'the-token';
}
