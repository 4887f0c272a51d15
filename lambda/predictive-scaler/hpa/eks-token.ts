import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** AWS credentials, as the SDK's providers return them. */
export interface Credentials {
  /** Id of the access key. */
  readonly accessKeyId: string;
  /** Secret of the access key. */
  readonly secretAccessKey: string;
  /** Token of temporary credentials. @default - none: long-term credentials */
  readonly sessionToken?: string;
  /** When temporary credentials expire. @default - never */
  readonly expiration?: Date;
}

/** Properties of `eksToken`. */
export interface EksTokenProps {
  /** Name of the EKS cluster; a token is valid for this cluster only. */
  readonly clusterName: string;
  /** AWS region of the cluster. */
  readonly region: string;
  /** Returns the credentials that sign the token. */
  readonly credentials: () => Promise<Credentials>;
  /** Current time, ms since 1970-01-01 UTC. */
  readonly now: () => number;
}

/** Age at which a token is replaced, ms: EKS accepts it for 15 minutes after signing, whatever its expiry. */
const RENEW_AFTER_MS = 12 * 60_000;

/** Remaining lifetime below which credentials are read again, ms. */
const CREDENTIALS_MARGIN_MS = 60_000;

/** Expiry of the signed URL, seconds: EKS refuses URLs with a long expiry. */
const URL_EXPIRY_SECONDS = 60;

/** Hash constructor for the signer, with Node's implementation. */
class NodeSha256 {
  private hash: Hash | Hmac;

  constructor(private readonly secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = this.start();
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {
    this.hash = this.start();
  }

  private start(): Hash | Hmac {
    if (this.secret === undefined) return createHash('sha256');
    return createHmac('sha256', this.secret instanceof ArrayBuffer ? Buffer.from(this.secret) : this.key());
  }

  private key(): string | Buffer {
    const secret = this.secret as string | ArrayBufferView;
    if (typeof secret === 'string') return secret;
    return Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength);
  }
}

/**
 * Bearer tokens for the Kubernetes API of an EKS cluster. A token is a presigned STS request, which EKS sends to STS to
 * identify the signer (kubernetes-sigs/aws-iam-authenticator, "API Authorization from Outside a Cluster"). Creating one
 * needs no network call.
 * @returns function that returns a token valid for at least three more minutes; it signs only if the last one is too
 * old
 */
export function eksToken({ clusterName, region, credentials, now }: EksTokenProps): () => Promise<string> {
  let last: { readonly token: string; readonly validUntil: number } | undefined;
  return async () => {
    const time = now();
    if (last && time < last.validUntil) return last.token;
    const signingCredentials = await credentials();
    const token = await signToken(clusterName, region, signingCredentials, new Date(time));
    const credentialsEnd = signingCredentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    last = { token, validUntil: Math.min(time + RENEW_AFTER_MS, credentialsEnd - CREDENTIALS_MARGIN_MS) };
    return token;
  };
}

async function signToken(
  clusterName: string,
  region: string,
  credentials: Credentials,
  signingDate: Date,
): Promise<string> {
  const hostname = `sts.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
  const signer = new SignatureV4({ credentials, region, service: 'sts', sha256: NodeSha256 });
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { host: hostname, 'x-k8s-aws-id': clusterName },
  };
  const signed = await signer.presign(request, { expiresIn: URL_EXPIRY_SECONDS, signingDate });
  const query = Object.entries(signed.query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query}`).toString('base64url')}`;
}
