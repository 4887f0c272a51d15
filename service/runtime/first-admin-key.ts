import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ServiceConfig } from '../config';
import { awsClientConfig, callAws } from '../shared/aws-call';
import type { RetryPolicy } from '../shared/retry';
import { awsProps } from './outgoing';

const RETRIES: RetryPolicy = {
  attempts: 3,
  attemptMs: 5000,
  deadlineMs: 15_000,
  baseDelayMs: 500,
  maxDelayMs: 4000,
};

/** The first key of the organisation from its secret; null where there is no secret. */
export async function readFirstAdminKey(config: ServiceConfig): Promise<string | null> {
  const arn = config.firstAdminKeySecretArn;
  if (arn === null) return null;
  const client = new SecretsManagerClient(awsClientConfig(awsProps(config), RETRIES));
  const { SecretString } = await callAws(
    `GetSecretValue of ${arn}`,
    (abortSignal) => client.send(new GetSecretValueCommand({ SecretId: arn }), { abortSignal }),
    RETRIES,
  );
  return SecretString ?? null;
}
