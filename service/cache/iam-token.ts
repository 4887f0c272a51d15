import { type SigningCredentials, signedToken } from '../shared/signed-token';

/** The cache and user of a token, and the AWS credentials that sign it. */
export interface CacheTokenRequest {
  /** Id of the ElastiCache replication group; not its host name. */
  readonly cacheName: string;
  /** ElastiCache user with IAM authentication. */
  readonly user: string;
  /** AWS region of the cache. */
  readonly region: string;
  /** Credentials that may `elasticache:Connect` to the replication group as the user. */
  readonly credentials: SigningCredentials;
}

/**
 * IAM authentication token of an ElastiCache user, created without a network call. ElastiCache accepts it as the
 * password for 15 minutes, and ends the connection after 12 hours
 * (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html).
 */
export function cacheToken(request: CacheTokenRequest, now: Date): Promise<string> {
  const { cacheName, user, region, credentials } = request;
  // ElastiCache stores the ids of replication groups in lower case, and compares them with the signed host.
  const host = cacheName.toLowerCase();
  const query = { Action: 'connect', User: user };
  return signedToken({ service: 'elasticache', region, host, query, credentials }, now);
}
