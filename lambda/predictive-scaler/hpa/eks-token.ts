import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** AWS credentials as the SDK's providers give them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface EksTokenProps {
  /** Name of the EKS cluster; a token is good for this one only. */
  readonly clusterName: string;
  /** AWS region of the cluster. */
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  /** The time, ms since 1970. */
  readonly now: () => number;
}

/** EKS takes a token for 15 minutes after it was signed, whatever expiry the URL says. */
const RENEW_AFTER_MS = 12 * 60_000;

/** Credentials that end sooner than this are asked for again. */
const CREDENTIALS_MARGIN_MS = 60_000;

/** Expiry of the signed URL, seconds: EKS refuses URLs that are good for long. */
const URL_EXPIRY_SECONDS = 60;

/** The `Sha256` that the signer asks for, of Node itself. */
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
 * Log-in to the Kubernetes API of an EKS cluster: a signed request to STS, which EKS sends there to learn who signed it
 * (kubernetes-sigs/aws-iam-authenticator, "API Authorization from Outside a Cluster"). Nothing is sent from here.
 * @returns gives a token that EKS takes for three more minutes at least; signs only when the last one is too old
 */
export function eksToken({ clusterName, region, credentials, now }: EksTokenProps): () => Promise<string> {
  let last: { readonly token: string; readonly goodUntil: number } | undefined;
  return async () => {
    const time = now();
    if (last && time < last.goodUntil) return last.token;
    const signers = await credentials();
    const token = await signToken(clusterName, region, signers, new Date(time));
    const credentialsEnd = signers.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    last = { token, goodUntil: Math.min(time + RENEW_AFTER_MS, credentialsEnd - CREDENTIALS_MARGIN_MS) };
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
