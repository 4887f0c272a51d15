import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { Events, type MutableToken, OAuth2Server } from 'oauth2-mock-server';

/** A real identity provider on this machine, whose tokens a test can change. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly server: OAuth2Server;
  /** Claims of the next tokens. */
  claims: Record<string, unknown>;
  /** Answers of the token endpoint so far. */
  readonly exchanges: () => number;
  /** Tokens that it has given, to look for in logs. */
  readonly tokens: string[];
  stop(): Promise<void>;
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const server = new OAuth2Server();
  await addKey(server);
  await server.start(0, '127.0.0.1');
  let exchanges = 0;
  const provider: IdentityProvider = {
    issuer: String(server.issuer.url),
    server,
    claims: {},
    exchanges: () => exchanges,
    tokens: [],
    stop: () => server.stop(),
  };
  server.service.on(Events.BeforeTokenSigning, ({ payload }: MutableToken) => {
    Object.assign(payload, provider.claims);
  });
  server.service.on(Events.BeforeResponse, ({ body }: { body: Record<string, unknown> }) => {
    exchanges += 1;
    provider.tokens.push(String(body['id_token']), String(body['access_token']));
  });
  return provider;
}

/** Gives the provider a further key, which signs from then on. */
export async function addKey(server: OAuth2Server, kid = randomUUID()): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await server.issuer.keys.add({ ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256' });
  return kid;
}
