import type { AgentOptions } from 'node:https';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ServiceConfig } from '../config';
import type { IamTokenRequest } from '../database/iam-token';
import type { AwsClientProps } from '../shared/aws-call';

/** Pool of the service's outgoing HTTPS connections. */
export function agentOptions({ http }: Pick<ServiceConfig, 'http'>): AgentOptions {
  return {
    keepAlive: http.keepAlive,
    keepAliveMsecs: http.keepAliveMs,
    maxSockets: http.maxSockets,
    maxFreeSockets: http.maxFreeSockets,
    timeout: http.timeoutMs,
    scheduling: http.scheduling,
  };
}

/** How the service calls AWS. */
export function awsProps(config: Pick<ServiceConfig, 'http' | 'region'>): AwsClientProps {
  return { region: config.region, agent: agentOptions(config) };
}

/** Credentials of the pod by the SDK's own lookup, such as Pod Identity; the SDK renews them before they expire. */
export function podCredentials({
  region,
}: Pick<ServiceConfig, 'region'>): () => Promise<IamTokenRequest['credentials']> {
  const client = new SecretsManagerClient({ region });
  return () => client.config.credentials();
}
