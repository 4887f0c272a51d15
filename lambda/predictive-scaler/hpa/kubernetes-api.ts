import { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, type AgentOptions, request } from 'node:https';
import { KEEP_ALIVE } from '../../shared/keep-alive';

/** How to reach a Kubernetes API and to log in there. */
export interface KubernetesConnection {
  /** HTTPS address. */
  readonly endpoint: string;
  /** Certificate authority of the API, PEM: no other one is trusted. */
  readonly certificateAuthority: string;
  /** Name that the API's certificate is checked against. @default the host of the endpoint */
  readonly serverName?: string;
  readonly logIn: KubernetesLogIn;
}

/** Asked for with every request, as both forms may expire. */
export type KubernetesLogIn =
  | { readonly token: () => Promise<string> }
  | { readonly credential: () => Promise<KubernetesCredential> };

/** What a request shows: a bearer token, a client certificate with its key, or both. */
export interface KubernetesCredential {
  /** @default none */
  readonly token?: string;
  /** Client certificate, PEM, with those of its intermediate authorities. @default none */
  readonly certificate?: string;
  /** Private key of the client certificate, PEM. @default none */
  readonly key?: string;
}

export interface ApiRequest {
  readonly method: 'GET' | 'PATCH';
  /** With its query. */
  readonly path: string;
  readonly body?: { readonly contentType: string; readonly text: string };
  readonly signal: AbortSignal;
  /** Whether it takes a connection of its own: those that were kept may all be dead. */
  readonly fresh: boolean;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The log-in could not be made ready; nothing was sent. */
export class LogInError extends Error {
  override readonly name = 'LogInError';
}

/** Longest answer that is read, bytes; an HPA has a few thousand. */
const MAX_ANSWER_BYTES = 2_000_000;

/** Connections at a time; further requests wait for one. */
const MAX_CONNECTIONS = 8;

/** Requests to one Kubernetes API over connections that are kept. */
export class KubernetesApi {
  private readonly base: URL;
  /** Keeps connections. */
  private readonly agent: Agent;
  /** Makes one for each request. */
  private readonly freshAgent: Agent;

  constructor(private readonly connection: KubernetesConnection) {
    const { endpoint, certificateAuthority, serverName } = connection;
    this.base = parseEndpoint(endpoint);
    const tls: AgentOptions = {
      ca: checkedCertificate(certificateAuthority),
      minVersion: 'TLSv1.2',
      ...(serverName !== undefined && { servername: serverName }),
    };
    this.agent = new Agent({ ...tls, ...KEEP_ALIVE, maxSockets: MAX_CONNECTIONS });
    this.freshAgent = new Agent({ ...tls, keepAlive: false });
  }

  /** Rejects with Node's error when there is no whole answer; any status is one. */
  async request({ method, path, body, signal, fresh }: ApiRequest): Promise<ApiAnswer> {
    const { token, certificate, key } = await credentialOf(this.connection.logIn);
    const headers = {
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': body.contentType, 'content-length': Buffer.byteLength(body.text) }),
    };
    const url = new URL(`${this.base.pathname.replace(/\/$/, '')}${path}`, this.base);
    return new Promise((resolve, reject) => {
      const agent = fresh ? this.freshAgent : this.agent;
      // The agent keeps connections of different client certificates apart.
      const client = certificate !== undefined && { cert: certificate, key };
      const outgoing = request(url, { method, headers, agent, signal, ...client }, (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) {
            answer.destroy(new RangeError(`the answer has more than ${MAX_ANSWER_BYTES} bytes`));
          }
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(body?.text);
    });
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.agent.destroy();
    this.freshAgent.destroy();
  }
}

async function credentialOf(logIn: KubernetesLogIn): Promise<KubernetesCredential> {
  try {
    return 'token' in logIn ? { token: await logIn.token() } : await logIn.credential();
  } catch (cause) {
    throw new LogInError(`no log-in could be made ready (${(cause as Error).message})`, { cause });
  }
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol !== 'https:') {
    throw new RangeError(`'endpoint' must be an https:// address of the Kubernetes API, got '${endpoint}'`);
  }
  return url;
}

/** Node takes what is no certificate for no authority at all, and says so only at the first request. */
function checkedCertificate(pem: string): string {
  try {
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    throw new RangeError(
      "'certificateAuthority' must be a certificate in PEM ('-----BEGIN CERTIFICATE-----'); EKS gives it in base64",
      { cause },
    );
  }
}
