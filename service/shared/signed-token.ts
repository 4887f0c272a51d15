import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from './sha256';

/** AWS credentials that sign a token. */
export interface SigningCredentials {
  /** Id of the access key. */
  readonly accessKeyId: string;
  /** Secret of the access key. */
  readonly secretAccessKey: string;
  /** Token of temporary credentials. @default - none: long-term credentials */
  readonly sessionToken?: string;
}

/** A server that takes IAM tokens as passwords, and the credentials that sign the token. */
export interface SignedTokenRequest {
  /** Name of the AWS service in the signature, such as `rds-db`. */
  readonly service: string;
  /** AWS region of the server. */
  readonly region: string;
  /** Value of the signed `host` header: a name, with the port where the service expects one. */
  readonly host: string;
  /** Query that names the action and the user. */
  readonly query: Readonly<Record<string, string>>;
  readonly credentials: SigningCredentials;
}

/** Lifetime of a token, seconds: the longest that RDS and ElastiCache accept. */
const LIFETIME_SECONDS = 900;

/** IAM token for a log-in: a URL without its scheme, presigned for 15 minutes. It needs no network call. */
export async function signedToken(request: SignedTokenRequest, now: Date): Promise<string> {
  const { service, region, host, credentials } = request;
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { ...request.query },
      headers: { host },
    },
    { expiresIn: LIFETIME_SECONDS, signingDate: now },
  );
  const pairs = Object.entries(query).map(
    ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`,
  );
  return `${host}/?${pairs.join('&')}`;
}
