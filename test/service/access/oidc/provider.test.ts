import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { AlbPublicKeys } from '../../../../service/access/oidc/alb-public-keys';
import { ClientSecret } from '../../../../service/access/oidc/client-secret';
import { Discovery, type ProviderMetadata } from '../../../../service/access/oidc/discovery';
import { exchangeCode } from '../../../../service/access/oidc/exchange-code';
import { newTicket, openTicket, sealTicket } from '../../../../service/access/oidc/login-ticket';
import { ProviderKeySet } from '../../../../service/access/oidc/provider-key-set';
import { verifyIdToken } from '../../../../service/access/oidc/verify-id-token';
import { addKey, type IdentityProvider, startIdentityProvider } from './identity-provider';

let time = new Date();
const now = () => time;
const pass = (seconds: number) => {
  time = new Date(time.getTime() + seconds * 1000);
};

describe('an HTTP server in the place of a provider', () => {
  let server: Server;
  let origin: string;
  let asked: { readonly path: string; readonly body: string; readonly authorization: string | undefined }[] =
    [];
  let answers: [status: number, body: string][] = [];

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const body = await textOf(request);
      asked.push({ path: String(request.url), body, authorization: request.headers.authorization });
      const [status, text] = answers.length > 1 ? (answers.shift() ?? [500, '']) : (answers[0] ?? [500, '']);
      response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end(text);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    asked = [];
    time = new Date();
  });

  afterAll(() => server.close());

  const document = (changes: object = {}) =>
    JSON.stringify({
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      jwks_uri: `${origin}/keys`,
      ...changes,
    });

  test('is asked for its document once in an hour, and a former one counts while it fails', async () => {
    answers = [[200, document()]];
    const discovery = new Discovery({ issuer: origin, now });
    expect(asked).toHaveLength(0);
    const [one, other] = await Promise.all([discovery.metadata(), discovery.metadata()]);
    expect(one).toEqual({
      ...{ authorizationEndpoint: `${origin}/authorize`, tokenEndpoint: `${origin}/token` },
      ...{ jwksUri: `${origin}/keys`, takesBasic: true },
    });
    expect(other).toBe(one);
    expect(asked.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration']);
    answers = [[404, 'gone']];
    pass(3601);
    expect(await discovery.metadata()).toBe(one);
    expect(await discovery.metadata()).toBe(one);
    expect(asked).toHaveLength(2);
  });

  test.each<[string, () => [number, string]]>([
    ['no document', () => [404, '']],
    ['no JSON', () => [200, '<html>']],
    ['the document of another issuer', () => [200, document({ issuer: 'https://evil.example' })]],
    ['endpoints of another scheme', () => [200, document({ jwks_uri: 'file:///etc/passwd' })]],
    ['a redirect', () => [302, '']],
    ['more than 256 KiB', () => [200, document({ more: 'x'.repeat(262_144) })]],
  ])('is unavailable with %s, and not asked again at once', async (_, answer) => {
    answers = [answer()];
    const discovery = new Discovery({ issuer: origin, now });
    await expect(discovery.metadata()).rejects.toMatchObject({ name: 'OidcUnavailableError' });
    const before = asked.length;
    await expect(discovery.metadata()).rejects.toMatchObject({ name: 'OidcUnavailableError' });
    expect(asked).toHaveLength(before);
    answers = [[200, document()]];
    pass(3);
    expect(await discovery.metadata()).toMatchObject({ jwksUri: `${origin}/keys` });
  });

  const exchange = (takesBasic = true) => {
    const metadata = { tokenEndpoint: `${origin}/token`, takesBasic } as ProviderMetadata;
    return exchangeCode({
      ...{ metadata, clientId: 'a client', clientSecret: 'x:y&z', code: 'the code', verifier: 'v' },
      redirectUri: 'https://app.example.com/callback',
    });
  };

  test('gets the secret of the client encoded as it wants it', async () => {
    answers = [[200, '{"id_token":"t"}']];
    expect(await exchange()).toBe('t');
    expect(await exchange(false)).toBe('t');
    const [basic, post] = asked;
    expect(Buffer.from(String(basic?.authorization).slice(6), 'base64').toString()).toBe(
      'a+client:x%3Ay%26z',
    );
    expect(Object.fromEntries(new URLSearchParams(basic?.body))).toEqual({
      ...{ grant_type: 'authorization_code', code: 'the code', code_verifier: 'v' },
      redirect_uri: 'https://app.example.com/callback',
    });
    expect(post?.authorization).toBeUndefined();
    expect(post?.body).toContain('client_secret=x%3Ay%26z');
  });

  test.each<[string, readonly [number, string][], number, object | string]>([
    [
      'busy for a moment',
      [
        [503, ''],
        [429, ''],
        [200, '{"id_token":"t"}'],
      ],
      3,
      't',
    ],
    ['busy', [[503, '']], 3, { name: 'OidcUnavailableError' }],
    ['broken: it may have taken the code', [[500, '']], 1, { name: 'OidcUnavailableError' }],
    [
      'sure that the code was used',
      [[400, '{"error":"invalid_grant"}']],
      1,
      { name: 'LoginError', code: 'login_failed' },
    ],
    ['told a wrong secret', [[401, '{"error":"invalid_client"}']], 1, { name: 'OidcUnavailableError' }],
    ['without a token', [[200, '{}']], 1, { name: 'OidcUnavailableError' }],
  ])('is asked to exchange a code while it is %s', async (_, given, times, outcome) => {
    answers = [...given];
    const exchanged = exchange();
    if (typeof outcome === 'string') expect(await exchanged).toBe(outcome);
    else await expect(exchanged).rejects.toMatchObject(outcome);
    expect(asked).toHaveLength(times);
  });

  test('is asked for a key of a load balancer once, and for no invented path', async () => {
    const kid = '01234567-89ab-4def-8123-456789abcdef';
    const pem = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMKBCTNIcKUSDii11ySs3526iDZ8A
iTo7Tu6KPAqv7D7gS2XpJFbZiItSs3m9+9Ue6GnvHw/GW2ZZaVtszggXIw==
-----END PUBLIC KEY-----`;
    const keys = new AlbPublicKeys({ baseUrl: origin, now });
    answers = [[404, '']];
    expect(await keys.find(kid)).toBeUndefined();
    answers = [[200, pem]];
    expect(await keys.find(kid)).toMatchObject({ type: 'public' });
    expect(await keys.find(kid)).toMatchObject({ type: 'public' });
    for (const path of ['../secret', `${kid}/..`, '', `${kid}?x`])
      expect(await keys.find(path)).toBeUndefined();
    expect(asked.map(({ path }) => path)).toEqual([`/${kid}`, `/${kid}`]);
  });
});

describe('the keys of a provider', () => {
  let provider: IdentityProvider;

  beforeAll(async () => {
    provider = await startIdentityProvider();
  });

  afterAll(() => provider.stop());

  test('are read again when it signs with a new one, and at most each 10 s', async () => {
    time = new Date();
    let reads = 0;
    const uri = async () => {
      reads += 1;
      return `${provider.issuer}/jwks`;
    };
    const keys = new ProviderKeySet({ uri, now });
    const sign = (kid?: string) =>
      provider.server.issuer.buildToken({
        ...(kid !== undefined && { kid }),
        scopesOrTransform: (_, payload) => Object.assign(payload, { aud: 'client', sub: 'ann', nonce: 'n' }),
      });
    const check = (token: string) =>
      verifyIdToken(token, {
        ...{ issuer: provider.issuer, clientId: 'client', nonce: 'n', key: keys.find, now: time },
      });
    expect(await check(await sign())).toMatchObject({ sub: 'ann' });
    const kid = await addKey(provider.server);
    await expect(check(await sign(kid))).rejects.toMatchObject({ code: 'login_failed' });
    pass(11);
    expect(await check(await sign(kid))).toMatchObject({ sub: 'ann' });
    expect(reads).toBe(2);
    const invented = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', kid: 'x' })
      .sign(Buffer.alloc(32));
    await expect(check(invented)).rejects.toMatchObject({ code: 'login_failed' });
    expect(reads).toBe(2);
  });
});

describe('the ticket of a log-in', () => {
  test('opens for ten minutes, with the same secret, and shows nothing', async () => {
    const start = new Date('2026-03-01T12:00:00Z');
    const at = (seconds: number) => new Date(start.getTime() + seconds * 1000);
    const ticket = newTicket('/costs');
    const sealed = await sealTicket(ticket, 'secret', start);
    expect(await openTicket(sealed, 'secret', at(599))).toEqual(ticket);
    expect(await openTicket(sealed, 'secret', at(600))).toBeUndefined();
    expect(await openTicket(sealed, 'other', start)).toBeUndefined();
    // The first character of the tag: the last one has bits that decoding drops.
    const tag = sealed.lastIndexOf('.') + 1;
    const other = sealed[tag] === 'A' ? 'B' : 'A';
    const changed = `${sealed.slice(0, tag)}${other}${sealed.slice(tag + 1)}`;
    expect(await openTicket(changed, 'secret', start)).toBeUndefined();
    const parts = sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect(parts.join('')).not.toContain('costs');
    expect(sealed.length).toBeLessThan(1000);
    expect(newTicket('/costs')).not.toEqual(ticket);
  });
});

test('the secret of the client is read each minute, and a former one counts while it cannot be read', async () => {
  time = new Date();
  const texts: (string | Error)[] = ['one\n', new Error('away'), 'two'];
  const read = async () => {
    const next = texts.shift();
    if (next instanceof Error) throw next;
    return String(next);
  };
  const secret = new ClientSecret({ read, now });
  expect([await secret.value(), await secret.value()]).toEqual(['one', 'one']);
  pass(61);
  expect(await secret.value()).toBe('one');
  pass(61);
  expect(await secret.value()).toBe('two');
  const empty = new ClientSecret({ read: async () => ' ', now });
  await expect(empty.value()).rejects.toThrow('is empty: put it in');
  const away = new ClientSecret({ read: () => Promise.reject(new Error('away')), now });
  await expect(away.value()).rejects.toMatchObject({ name: 'OidcUnavailableError' });
});

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
