import { hash, timingSafeEqual } from 'node:crypto';
import type { Discovery } from './discovery';
import { exchangeCode } from './exchange-code';
import { type LoginTicket, newTicket, openTicket, sealTicket } from './login-ticket';
import { LoginError } from './oidc-error';
import { groupsOf, type PeopleRules } from './people-rules';
import { type Person, personOf } from './person';
import type { ProviderKeySet } from './provider-key-set';
import { verifyIdToken } from './verify-id-token';

export interface OidcLoginProps {
  readonly people: PeopleRules;
  readonly clientId: string;
  /** Reads the client's secret; it is kept by who reads it. */
  readonly clientSecret: () => Promise<string>;
  /** Address of the callback, as the provider knows it. It never follows from a request. */
  readonly redirectUri: string;
  /** Scopes, separated by spaces; `openid` is one. */
  readonly scope: string;
  /** Claim that lists groups. */
  readonly groupsClaim: string;
  readonly discovery: Discovery;
  readonly keys: ProviderKeySet;
  readonly now: () => Date;
}

/** What a provider's redirect says. */
export interface Callback {
  readonly code?: string | undefined;
  readonly state?: string | undefined;
  /** RFC 9207: which provider sends the browser back. */
  readonly iss?: string | undefined;
  readonly error?: string | undefined;
}

/** A log-in whose callback belongs to it, but whose code is not exchanged yet. */
export interface CheckedCallback {
  readonly ticket: LoginTicket;
  readonly code: string;
}

/** Log-in of people at an identity provider: authorization code with PKCE. */
export class OidcLogin {
  constructor(private readonly props: OidcLoginProps) {}

  /** Begins a log-in. @returns address at the provider, and the value of the cookie */
  async begin(returnTo: string): Promise<{ readonly location: string; readonly sealed: string }> {
    const { clientId, clientSecret, discovery, now, redirectUri, scope } = this.props;
    const { authorizationEndpoint } = await discovery.metadata();
    const ticket = newTicket(returnTo);
    const url = new URL(authorizationEndpoint);
    const query = {
      ...{ response_type: 'code', client_id: clientId, redirect_uri: redirectUri, scope },
      ...{ state: ticket.state, nonce: ticket.nonce },
      ...{ code_challenge: hash('sha256', ticket.verifier, 'base64url'), code_challenge_method: 'S256' },
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return { location: url.href, sealed: await sealTicket(ticket, await clientSecret(), now()) };
  }

  /**
   * Checks that a callback belongs to the browser's log-in.
   * @param sealed value of the cookie
   * @throws LoginError
   */
  async check({ code, error, iss, state }: Callback, sealed: string | undefined): Promise<CheckedCallback> {
    const { clientSecret, now, people } = this.props;
    const ticket = sealed === undefined ? undefined : await openTicket(sealed, await clientSecret(), now());
    if (ticket === undefined) throw failed('there is no log-in in the cookie, or it is over');
    if (state === undefined || !sameText(state, ticket.state)) throw failed('the state is of another log-in');
    if (iss !== undefined && iss !== people.issuer) throw failed('the callback is of another provider');
    if (error !== undefined) {
      const reason = `the provider answers ${JSON.stringify(error.slice(0, 64))}`;
      throw new LoginError('login_refused', 'The provider has refused the log-in.', reason);
    }
    if (code === undefined) throw failed('the callback has no code');
    return { ticket, code };
  }

  /**
   * Exchanges the code, and verifies who has logged in.
   * @throws LoginError, OidcUnavailableError
   */
  async finish({ code, ticket }: CheckedCallback): Promise<Person> {
    const { clientId, clientSecret, discovery, groupsClaim, keys, now, people, redirectUri } = this.props;
    const { issuer } = people;
    const token = await exchangeCode({
      ...{ clientId, code, redirectUri, verifier: ticket.verifier },
      metadata: await discovery.metadata(),
      clientSecret: await clientSecret(),
    });
    const checks = { issuer, clientId, nonce: ticket.nonce, key: keys.find, now: now() };
    const claims = await verifyIdToken(token, checks);
    const person = personOf(claims, { issuer, groupsClaim, knownGroups: groupsOf(people) });
    if (person === undefined) throw failed('the subject of the ID token is no subject');
    return person;
  }
}

function failed(reason: string): LoginError {
  return new LoginError('login_failed', 'The log-in is over, was used before or began elsewhere.', reason);
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [hash('sha256', one, 'buffer'), hash('sha256', other, 'buffer')];
  return timingSafeEqual(a, b);
}
