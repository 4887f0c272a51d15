import { readFile } from 'node:fs/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { AuthenticatorProps } from '../access/authenticator';
import { AlbIdentity } from '../access/oidc/alb-identity';
import { AlbPublicKeys } from '../access/oidc/alb-public-keys';
import { ClientSecret } from '../access/oidc/client-secret';
import { Discovery } from '../access/oidc/discovery';
import { OidcLogin } from '../access/oidc/oidc-login';
import { ProviderKeySet } from '../access/oidc/provider-key-set';
import type { ServiceConfig } from '../config';
import type { PeopleLogin } from '../http/routes/oidc';
import { awsClientConfig, callAws } from '../shared/aws-call';
import type { RetryPolicy } from '../shared/retry';
import type { PrometheusMetrics } from '../telemetry/prometheus';
import { awsProps } from './outgoing';

type OidcConfig = NonNullable<ServiceConfig['oidc']>;

const RETRIES: RetryPolicy = {
  attempts: 3,
  attemptMs: 3000,
  deadlineMs: 8000,
  baseDelayMs: 250,
  maxDelayMs: 2000,
};

/** Path to which the provider sends browsers back. */
const CALLBACK_PATH = '/api/v1/session/oidc/callback';

export interface OpenLoginProps {
  readonly config: ServiceConfig;
  /** Counts log-ins. */
  readonly metrics: Pick<PrometheusMetrics, 'countLogin'>;
  readonly now: () => Date;
}

/** How the authenticator knows people. */
export function peopleOf(
  { oidc }: ServiceConfig,
  now: () => Date,
): Pick<AuthenticatorProps, 'people' | 'albIdentity'> {
  if (oidc === null) return { people: null, albIdentity: null };
  const { clientId, groupsClaim, loadBalancerArn, loadBalancerKeysUrl: baseUrl } = oidc;
  if (loadBalancerArn === null) return { people: oidc, albIdentity: null };
  const keys = new AlbPublicKeys({ baseUrl, now });
  return {
    people: oidc,
    albIdentity: new AlbIdentity({ people: oidc, loadBalancerArn, clientId, groupsClaim, keys, now }),
  };
}

/** Log-in of people; null where no provider is configured. Nothing is asked before the first log-in. */
export function openLogin({ config, metrics, now }: OpenLoginProps): PeopleLogin | null {
  const { oidc } = config;
  if (oidc === null) return null;
  const discovery = new Discovery({ issuer: oidc.issuer, now });
  const keys = new ProviderKeySet({ uri: async () => (await discovery.metadata()).jwksUri, now });
  const login = new OidcLogin({
    people: oidc,
    clientId: oidc.clientId,
    clientSecret: new ClientSecret({ read: secretReader(config, oidc), now }).value,
    redirectUri: `${oidc.externalUrl}${CALLBACK_PATH}`,
    ...{ scope: oidc.scope, groupsClaim: oidc.groupsClaim, discovery, keys, now },
  });
  const { sessionSeconds } = oidc;
  return { login, people: oidc, sessionSeconds, count: (outcome) => metrics.countLogin(outcome) };
}

function secretReader(
  config: ServiceConfig,
  { clientSecretArn, clientSecretFile }: OidcConfig,
): () => Promise<string> {
  if (clientSecretFile !== null) return () => readFile(clientSecretFile, 'utf8');
  const client = new SecretsManagerClient(awsClientConfig(awsProps(config), RETRIES));
  return async () => {
    const { SecretString = '' } = await callAws(
      `GetSecretValue of ${clientSecretArn}`,
      (abortSignal) =>
        client.send(new GetSecretValueCommand({ SecretId: clientSecretArn ?? '' }), { abortSignal }),
      RETRIES,
    );
    return SecretString;
  };
}
