import { type SigningCredentials, signedToken } from '../shared/signed-token';

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
  readonly credentials: SigningCredentials;
}

/**
 * IAM authentication token of a PostgreSQL user on RDS: a presigned URL, created without a network call. RDS accepts it
 * as the password for 15 minutes if the credentials may `rds-db:connect` as the user.
 */
export function iamToken(request: IamTokenRequest, now: Date): Promise<string> {
  const { host, port, user, region, credentials } = request;
  const query = { Action: 'connect', DBUser: user };
  return signedToken({ service: 'rds-db', region, host: `${host}:${port}`, query, credentials }, now);
}
