import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { jsonOf } from './discovery';
import { fetchBounded } from './fetch-bounded';
import { OidcUnavailableError } from './oidc-error';

export interface ProviderKeySetProps {
  /** Address of the key set. */
  readonly uri: () => Promise<string>;
  readonly now: () => Date;
}

/** How long a key set is used, ms: a key that the provider has withdrawn signs nothing longer than this. */
const FRESH_MS = 600_000;

/** Least time between two reads, ms: tokens with invented key ids must not ask the provider each time. */
const LEAST_MS = 10_000;

/** The provider's keys, read again each ten minutes and when a token names an unknown key. */
export class ProviderKeySet {
  private known: { readonly find: ReturnType<typeof createLocalJWKSet>; readonly at: number } | undefined;
  private reading: Promise<ReturnType<typeof createLocalJWKSet>> | undefined;

  constructor(private readonly props: ProviderKeySetProps) {}

  /** Key of a token's header, as jose asks for it. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const { known } = this;
    const age = this.props.now().getTime() - (known?.at ?? Number.NEGATIVE_INFINITY);
    if (known === undefined || age >= FRESH_MS) return (await this.readOnce())(header, token);
    try {
      return await known.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || age < LEAST_MS) throw error;
      return (await this.readOnce())(header, token);
    }
  };

  private readOnce(): Promise<ReturnType<typeof createLocalJWKSet>> {
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async read(): Promise<ReturnType<typeof createLocalJWKSet>> {
    const url = await this.props.uri();
    const { status, text } = await fetchBounded({ url });
    try {
      if (status !== 200) throw new Error(`it answers ${status}`);
      const find = createLocalJWKSet(jsonOf(text) as JSONWebKeySet);
      this.known = { find, at: this.props.now().getTime() };
      return find;
    } catch (cause) {
      throw new OidcUnavailableError(`${url} has no key set`, { cause });
    }
  }
}
