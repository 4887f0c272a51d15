import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type AwsClientProps, awsClientConfig, callAws } from '../shared/aws-call';
import type { RetryPolicy } from '../shared/retry';

/** Name and password of a database user, as RDS stores them in Secrets Manager. */
export interface UserSecret {
  /** PostgreSQL role. */
  readonly username: string;
  /** Its current password. */
  readonly password: string;
}

const RETRIES: RetryPolicy = {
  attempts: 4,
  attemptMs: 5000,
  deadlineMs: 25_000,
  baseDelayMs: 500,
  maxDelayMs: 4000,
};

/**
 * Reads the database user from a secret. No error message contains the secret's value.
 * @throws {CallError} where Secrets Manager cannot be called
 * @throws Error where the value is not JSON with both fields
 */
export async function readUserSecret(arn: string, props: AwsClientProps = {}): Promise<UserSecret> {
  const policy = { ...RETRIES, ...props.retries };
  const client = new SecretsManagerClient(awsClientConfig(props, policy));
  const { SecretString } = await callAws(
    `GetSecretValue of ${arn}`,
    (abortSignal) => client.send(new GetSecretValueCommand({ SecretId: arn }), { abortSignal }),
    policy,
    props.waiting,
  );
  const secret = parse(SecretString);
  if (typeof secret?.username !== 'string' || typeof secret.password !== 'string') {
    throw new Error(`secret ${arn} must be JSON with username and password`);
  }
  return { username: secret.username, password: secret.password };
}

function parse(text: string | undefined): Partial<UserSecret> | undefined {
  try {
    return JSON.parse(text ?? '');
  } catch {
    // The parser's message would contain the secret.
    return undefined;
  }
}
