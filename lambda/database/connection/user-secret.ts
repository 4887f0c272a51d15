import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type AwsClientProps, awsClientConfig, callAws } from '../../shared/aws-call';
import type { RetryPolicy } from '../../shared/retry';

/** Name and password of a database user, as RDS keeps them. */
export interface UserSecret {
  readonly username: string;
  readonly password: string;
}

const RETRIES: RetryPolicy = {
  attempts: 4,
  attemptMs: 5000,
  deadlineMs: 25_000,
  baseDelayMs: 500,
  maxDelayMs: 4000,
};

/** The user of a secret. No message ever holds what is in it. */
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
    // The parser's message would show the text.
    return undefined;
  }
}
