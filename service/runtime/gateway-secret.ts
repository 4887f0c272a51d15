import { readFile } from 'node:fs/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ServiceConfig } from '../config';
import { ProviderKeys, type SecretReader } from '../gateway/providers/provider-keys';
import { awsClientConfig, callAws } from '../shared/aws-call';
import type { RetryPolicy } from '../shared/retry';
import type { ServiceParts } from './open-service';
import { awsProps } from './outgoing';

const RETRIES: RetryPolicy = {
  attempts: 3,
  attemptMs: 3000,
  deadlineMs: 8000,
  baseDelayMs: 250,
  maxDelayMs: 2000,
};

/** Reads the secret with the providers' keys: in Secrets Manager, or in a file. Null where there is neither. */
export function gatewaySecret(config: ServiceConfig): SecretReader | null {
  const { secretArn, secretFile } = config.gateway;
  if (secretFile !== null) return () => readFile(secretFile, 'utf8');
  if (secretArn === null) return null;
  const client = new SecretsManagerClient(awsClientConfig(awsProps(config), RETRIES));
  return async () => {
    const { SecretString = '' } = await callAws(
      `GetSecretValue of ${secretArn}`,
      (abortSignal) => client.send(new GetSecretValueCommand({ SecretId: secretArn }), { abortSignal }),
      RETRIES,
    );
    return SecretString;
  };
}

/** The keys of the secret, for calls of providers and for signatures of webhooks. */
export function gatewayKeys({
  config,
  logger,
  now,
}: Pick<ServiceParts, 'config' | 'logger' | 'now'>): ProviderKeys {
  return new ProviderKeys({
    read: gatewaySecret(config),
    now,
    onError: (err) => logger.error({ err }, "the providers' keys cannot be read"),
  });
}
