import { jsonOf, type ProviderMetadata } from './discovery';
import { fetchBounded } from './fetch-bounded';
import { LoginError, OidcUnavailableError } from './oidc-error';

export interface CodeExchange {
  readonly metadata: ProviderMetadata;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly code: string;
  /** Secret of PKCE. */
  readonly verifier: string;
}

/**
 * Exchanges a code for an ID token (OpenID Connect Core, section 3.1.3).
 * @throws LoginError where the provider refuses the code, OidcUnavailableError where it does not answer as it should
 */
export async function exchangeCode(exchange: CodeExchange): Promise<string> {
  const { metadata, clientId, clientSecret, redirectUri, code, verifier } = exchange;
  const form = new URLSearchParams({
    ...{ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier },
    ...(metadata.takesBasic ? {} : { client_id: clientId, client_secret: clientSecret }),
  });
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    ...(metadata.takesBasic && { authorization: basic(clientId, clientSecret) }),
  };
  const { status, text } = await fetchBounded({
    url: metadata.tokenEndpoint,
    post: { headers, body: form.toString() },
  });
  const answer = jsonOf(text);
  if (status !== 200) throw refusal(status, fieldOf(answer, 'error'));
  const token = fieldOf(answer, 'id_token');
  if (token === undefined) throw new OidcUnavailableError('the token endpoint gives no id_token');
  return token;
}

function refusal(status: number, error = 'no error code'): Error {
  const reason = `the token endpoint answers ${status} (${error.slice(0, 64)})`;
  // Everything else is wrong in the configuration: the person cannot help it.
  if (error !== 'invalid_grant') return new OidcUnavailableError(reason);
  return new LoginError('login_failed', 'The provider does not accept the log-in any more.', reason);
}

function fieldOf(answer: unknown, name: string): string | undefined {
  const value: unknown =
    typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** RFC 6749, section 2.3.1: name and secret are form-encoded first. */
function basic(name: string, secret: string): string {
  const encoded = [name, secret].map((text) => encodeURIComponent(text).replaceAll('%20', '+')).join(':');
  return `Basic ${Buffer.from(encoded).toString('base64')}`;
}
