import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** The server and user of a token, and the AWS credentials that sign it. */
export interface IamTokenRequest {
  /** Host name of the RDS instance or proxy, as the client connects to it. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** PostgreSQL role that is a member of `rds_iam`. */
  readonly user: string;
  /** AWS region of the database. */
  readonly region: string;
  /** Credentials that may `rds-db:connect` as the user. */
  readonly credentials: {
    /** Id of the access key. */
    readonly accessKeyId: string;
    /** Secret of the access key. */
    readonly secretAccessKey: string;
    /** Token of temporary credentials. @default - none: long-term credentials */
    readonly sessionToken?: string;
  };
}

/** Lifetime of a token, seconds: the longest that RDS accepts. */
const LIFETIME_SECONDS = 900;

/**
 * IAM authentication token of a PostgreSQL user on RDS: a presigned URL, created without a network call. RDS accepts it
 * as the password for 15 minutes if the credentials may `rds-db:connect` as the user.
 */
export async function iamToken(request: IamTokenRequest, now: Date): Promise<string> {
  const { host, port, user, region, credentials } = request;
  const signer = new SignatureV4({ service: 'rds-db', region, credentials, sha256: Sha256 });
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      port,
      path: '/',
      query: { Action: 'connect', DBUser: user },
      headers: { host: `${host}:${port}` },
    },
    { expiresIn: LIFETIME_SECONDS, signingDate: now },
  );
  const pairs = Object.entries(query).map(
    ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`,
  );
  return `${host}:${port}/?${pairs.join('&')}`;
}

/** Hash constructor for the signer, with Node's implementation. */
class Sha256 {
  private readonly hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
