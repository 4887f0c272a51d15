import { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, type AgentOptions, request } from 'node:https';
import { KEEP_ALIVE } from '../../../service/shared/keep-alive';

/** Address of a Kubernetes API, and how to log in. */
export interface KubernetesConnection {
  /** HTTPS URL of the API server. */
  readonly endpoint: string;
  /** Certificate authority of the API server, PEM; no other one is trusted. */
  readonly certificateAuthority: string;
  /** Host name that the API server's certificate must have. @default - the host of the endpoint */
  readonly serverName?: string;
  /** Credentials of the client. */
  readonly logIn: KubernetesLogIn;
}

/** Returns the credentials; called for every request, because they may expire. */
export type KubernetesLogIn =
  | { readonly token: () => Promise<string> }
  | { readonly credential: () => Promise<KubernetesCredential> };

/** Credentials of a request: a bearer token, a client certificate with its key, or both. */
export interface KubernetesCredential {
  /** Bearer token. @default - none */
  readonly token?: string;
  /** Client certificate with those of its intermediate authorities, PEM. @default - none */
  readonly certificate?: string;
  /** Private key of the client certificate, PEM. @default - none */
  readonly key?: string;
}

/** One request to the API server. */
export interface ApiRequest {
  /** HTTP method. */
  readonly method: 'GET' | 'PATCH' | 'DELETE';
  /** Path with the query. */
  readonly path: string;
  /** Content with its media type. @default - none */
  readonly body?: { readonly contentType: string; readonly text: string };
  /** Aborts the request. */
  readonly signal: AbortSignal;
  /** Whether to open a new connection: idle ones may all be broken. */
  readonly fresh: boolean;
}

/** Response of the API server. */
export interface ApiAnswer {
  /** HTTP status code. */
  readonly status: number;
  /** HTTP headers, with lower-case names. */
  readonly headers: IncomingHttpHeaders;
  /** Body as UTF-8. */
  readonly text: string;
}

/** The credentials could not be obtained; no request was sent. */
export class LogInError extends Error {
  override readonly name = 'LogInError';
}

/** Largest response, bytes; an HPA has a few thousand. */
const MAX_ANSWER_BYTES = 2_000_000;

/** Most open connections; further requests wait for a free one. */
const MAX_CONNECTIONS = 8;

/** Sends requests to one Kubernetes API and reuses connections. */
export class KubernetesApi {
  private readonly base: URL;
  /** Reuses connections. */
  private readonly agent: Agent;
  /** Opens a connection for each request. */
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

  /** Returns the response, whatever its status. Rejects with Node's error if there is no complete response. */
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

  /** Closes the idle connections. */
  close(): void {
    this.agent.destroy();
    this.freshAgent.destroy();
  }
}

async function credentialOf(logIn: KubernetesLogIn): Promise<KubernetesCredential> {
  try {
    return 'token' in logIn ? { token: await logIn.token() } : await logIn.credential();
  } catch (cause) {
    throw new LogInError(`cannot obtain the log-in credentials (${(cause as Error).message})`, { cause });
  }
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol !== 'https:') {
    throw new RangeError(`'endpoint' must be an https:// address of the Kubernetes API, got '${endpoint}'`);
  }
  return url;
}

/** Checks the certificate early: Node ignores an invalid one and fails only at the first request. */
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
