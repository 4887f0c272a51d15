import { z } from 'zod';
import { fetchBounded } from './fetch-bounded';
import { OidcUnavailableError } from './oidc-error';

/** What the service reads of a provider's discovery document (OpenID Connect Discovery 1.0, section 3). */
export interface ProviderMetadata {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly jwksUri: string;
  /** Whether the token endpoint takes the client's secret in `Authorization`, which is the standard's default. */
  readonly takesBasic: boolean;
}

export interface DiscoveryProps {
  /** Address of the provider, as in its tokens. */
  readonly issuer: string;
  readonly now: () => Date;
}

/** How long a document is used, ms. */
const FRESH_MS = 3_600_000;

/** Least time between two attempts where there is no document, ms: log-ins must not ask a failing provider for each other. */
const FAILED_MS = 2000;

/** Discovers the provider's endpoints at the first log-in, and again each hour; a former document counts until then. */
export class Discovery {
  private known: { readonly metadata: ProviderMetadata; readonly at: number } | undefined;
  private failed: { readonly error: unknown; readonly at: number } | undefined;
  private asking: Promise<ProviderMetadata> | undefined;

  constructor(private readonly props: DiscoveryProps) {}

  /** @throws OidcUnavailableError where no document was ever read, and none can be */
  async metadata(): Promise<ProviderMetadata> {
    const now = this.props.now().getTime();
    if (this.known !== undefined && now - this.known.at < FRESH_MS) return this.known.metadata;
    if (this.failed !== undefined && now - this.failed.at < FAILED_MS) {
      if (this.known !== undefined) return this.known.metadata;
      throw this.failed.error;
    }
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async ask(): Promise<ProviderMetadata> {
    try {
      const metadata = await discover(this.props.issuer);
      this.known = { metadata, at: this.props.now().getTime() };
      return metadata;
    } catch (error) {
      this.failed = { error, at: this.props.now().getTime() };
      if (this.known !== undefined) return this.known.metadata;
      throw error;
    }
  }
}

async function discover(issuer: string): Promise<ProviderMetadata> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { status, text } = await fetchBounded({ url });
  const parsed = status === 200 ? documentSchema(issuer).safeParse(jsonOf(text)) : undefined;
  if (parsed?.success !== true) {
    const problem = parsed?.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];
    throw new OidcUnavailableError(`${url} is no discovery document of ${issuer}: ${problem ?? status}`);
  }
  const { authorization_endpoint, token_endpoint, jwks_uri, token_endpoint_auth_methods_supported } =
    parsed.data;
  return {
    authorizationEndpoint: authorization_endpoint,
    tokenEndpoint: token_endpoint,
    jwksUri: jwks_uri,
    takesBasic: token_endpoint_auth_methods_supported.includes('client_secret_basic'),
  };
}

function documentSchema(issuer: string) {
  const protocol = new URL(issuer).protocol;
  const address = z
    .url()
    .max(2048)
    // HTTP is for a provider on the machine itself, which its issuer says.
    .refine((text) => ['https:', protocol].includes(new URL(text).protocol), { error: 'must use HTTPS' });
  return z.object({
    issuer: z.literal(issuer),
    authorization_endpoint: address,
    token_endpoint: address,
    jwks_uri: address,
    token_endpoint_auth_methods_supported: z.array(z.string()).default(['client_secret_basic']),
  });
}

/** @returns undefined where the text is no JSON */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
