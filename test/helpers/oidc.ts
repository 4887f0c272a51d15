import type { OidcConfig } from '../../lib/config/authentication/authentication-config';

/** A client at an identity provider, with the required knobs alone. */
export const OIDC: OidcConfig = {
  issuer: 'https://id.example.com',
  authorizationEndpoint: 'https://id.example.com/authorize',
  tokenEndpoint: 'https://id.example.com/token',
  userInfoEndpoint: 'https://id.example.com/userinfo',
  clientId: 'llm-cost-ops',
  clientSecretArn: 'arn:aws:secretsmanager:us-east-1:333333333333:secret:oidc/people-AbCdEf',
  people: [
    { claim: 'group', value: 'finops', roles: ['read'] },
    { claim: 'email', value: 'ann@example.com', roles: ['read', 'admin'] },
  ],
};
