import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Environment } from '../../../service/config';
import { writeForServer } from '../../helpers/database-servers';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { type IdentityProvider, startIdentityProvider } from '../access/oidc/identity-provider';
import {
  type Answer,
  call,
  projectKey,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from './test-service';

const EXTERNAL = 'https://app.example.com';
const LOAD_BALANCER =
  'arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/alb/0123456789abcdef';
const SECRET = 'a secret that only pods and the provider know';
const ANN = { sub: 'ann-1', email: 'Ann@example.com', email_verified: true, groups: ['finops', 'other'] };

/** What the browser keeps and is told. */
interface Browser {
  /** Cookies by name. */
  readonly cookies: Map<string, string>;
}

const newBrowser = (): Browser => ({ cookies: new Map() });

/** Sends a request as a browser does: with its cookies, and keeping those of the answer. */
async function visit(service: Pick<TestService, 'url'>, { cookies }: Browser, path: string): Promise<Answer> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(`${service.url}${path}`, { redirect: 'manual', headers: { cookie } });
  for (const line of answer.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') cookies.delete(name);
    else cookies.set(name, value);
  }
  const text = await answer.text();
  const body = text === '' ? undefined : JSON.parse(text);
  return { status: answer.status, headers: answer.headers, text, body };
}

/** Begins a log-in and logs in at the provider. @returns path and query of the callback */
async function callbackOf(service: TestService, browser: Browser, returnTo = '/costs'): Promise<URL> {
  const path = `/api/v1/session/oidc?return_to=${encodeURIComponent(returnTo)}`;
  const begun = await visit(service, browser, path);
  expect(begun).toMatchObject({ status: 303 });
  const provider = await fetch(String(begun.headers.get('location')), { redirect: 'manual' });
  return new URL(String(provider.headers.get('location')));
}

const pathOf = ({ pathname, search }: URL) => `${pathname}${search}`;

describeWithServers('the log-in of people', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let provider: IdentityProvider;
  let service: TestService;
  let environment: Environment;
  let time = new Date();
  const services: TestService[] = [];

  const start = async (changes: Environment, kind: 'api' | 'admin' = 'api') => {
    const user = `llm_cost_ops_${kind}`;
    const names = { DATABASE_USER: user, ...(kind === 'admin' && { DATABASE_WRITER_USER: user }) };
    const started = await startService(kind, { ...environment, ...names, ...changes }, () => time);
    services.push(started);
    return started;
  };

  beforeAll(async () => {
    server = await TestServer.start();
    provider = await startIdentityProvider();
    environment = {
      ...serviceEnvironment(server, await serviceDatabase(server), 'llm_cost_ops_api'),
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: 'llm-cost-ops',
      OIDC_CLIENT_SECRET_FILE: writeForServer(`${server.folder}/client-secret`, SECRET),
      OIDC_EXTERNAL_URL: EXTERNAL,
      OIDC_SESSION_SECONDS: '3600',
      OIDC_PEOPLE: JSON.stringify([{ claim: 'group', value: 'finops', roles: ['read', 'admin'] }]),
    };
    service = await start({});
  });

  beforeEach(() => {
    time = new Date();
    provider.claims = ANN;
  });

  afterAll(async () => {
    for (const started of services) await started.close();
    await provider?.stop();
    await server?.remove();
  });

  const logIn = async (on = service) => {
    const browser = newBrowser();
    const answer = await visit(on, browser, pathOf(await callbackOf(on, browser)));
    return { browser, answer };
  };

  test('sends the browser to the provider with PKCE, and never to an address that a request names', async () => {
    const browser = newBrowser();
    const host = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    const { headers, status } = await fetch(`${service.url}/api/v1/session/oidc`, {
      redirect: 'manual',
      headers: host,
    });
    expect(status).toBe(303);
    const location = new URL(String(headers.get('location')));
    expect(location.origin).toBe(provider.issuer);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'llm-cost-ops',
      redirect_uri: `${EXTERNAL}/api/v1/session/oidc/callback`,
      scope: 'openid email',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    const [cookie = ''] = headers.getSetCookie();
    expect(cookie).toMatch(
      /^__Host-llm-cost-ops-login=[\w.-]+; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/,
    );
    const { searchParams } = await callbackOf(service, browser);
    expect(cookie).not.toContain(String(searchParams.get('state')));
  });

  test('ends in a session with the rights of the rules, audited under the person', async () => {
    const { answer, browser } = await logIn();
    expect(answer).toMatchObject({ status: 303, text: '' });
    expect(answer.headers.get('location')).toBe('/costs');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.getSetCookie()).toEqual([
      '__Host-llm-cost-ops-login=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax',
      expect.stringMatching(
        /^__Host-llm-cost-ops=[\w-]{43}; Path=\/; Max-Age=3600; Secure; HttpOnly; SameSite=Strict$/,
      ),
    ]);
    expect((await visit(service, browser, '/api/v1/session')).body).toEqual({
      key_id: null,
      person: { subject: 'ann-1', email: 'ann@example.com' },
      project: null,
      roles: ['read', 'admin'],
    });
    const { body } = await visit(service, browser, '/api/v1/audit?limit=1');
    expect(body.data[0]).toMatchObject({
      actor: 'person:ann-1 (ann@example.com)',
      action: 'session.create',
      detail: { issuer: provider.issuer },
    });
  });

  test('lets the session change something only from pages of its own origin, and audits it', async () => {
    const { browser } = await logIn();
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    // Rows of the audit log are ordered by their milliseconds.
    time = new Date(time.getTime() + 1000);
    const body = { name: `of ann ${randomUUID()}` };
    const create = (headers: Record<string, string>) =>
      call(service, 'POST /api/v1/projects', { body, headers: { cookie, ...headers } });
    expect(await create({ origin: 'https://evil.example' })).toMatchObject({
      status: 403,
      body: { code: 'cross_site' },
    });
    const { body: made, status } = await create({ 'sec-fetch-site': 'same-origin' });
    expect(status).toBe(201);
    const { body: audit } = await visit(service, browser, '/api/v1/audit?limit=1');
    expect(audit.data[0]).toMatchObject({ actor: 'person:ann-1 (ann@example.com)', subject: made.id });
  });

  test('takes a callback once', async () => {
    const browser = newBrowser();
    const callback = await callbackOf(service, browser);
    const copy: Browser = { cookies: new Map(browser.cookies) };
    const before = provider.exchanges();
    expect(await visit(service, browser, pathOf(callback))).toMatchObject({ status: 303 });
    const again = await visit(service, copy, pathOf(callback));
    expect(again).toMatchObject({ status: 400, body: { code: 'login_failed' } });
    expect(copy.cookies.size).toBe(0);
    expect(provider.exchanges()).toBe(before + 1);
  });

  /** What goes wrong with a callback that would end in a session as it is. */
  test.each<[string, number, string, (callback: URL, browser: Browser) => unknown]>([
    ['nothing (the counterfactual)', 303, '', () => undefined],
    ['no cookie', 400, 'login_failed', (_, { cookies }) => cookies.clear()],
    [
      'a cookie of our own making',
      400,
      'login_failed',
      (_, { cookies }) => cookies.set('__Host-llm-cost-ops-login', 'a.b.c.d.e'),
    ],
    ['another state', 400, 'login_failed', ({ searchParams }) => searchParams.set('state', 'x'.repeat(43))],
    ['no state', 400, 'login_failed', ({ searchParams }) => searchParams.delete('state')],
    [
      'another provider',
      400,
      'login_failed',
      ({ searchParams }) => searchParams.set('iss', 'https://evil.example'),
    ],
    ['no code', 400, 'login_failed', ({ searchParams }) => searchParams.delete('code')],
    [
      'a refusal of the provider',
      403,
      'login_refused',
      ({ searchParams }) => searchParams.set('error', 'access_denied'),
    ],
    [
      'time',
      400,
      'login_failed',
      () => {
        time = new Date(time.getTime() + 601_000);
      },
    ],
    [
      'another code',
      503,
      'identity_provider_unavailable',
      ({ searchParams }) => searchParams.set('code', randomUUID()),
    ],
    [
      'a token for another client',
      400,
      'login_failed',
      () => {
        provider.claims = { ...ANN, aud: 'other' };
      },
    ],
    [
      'a token of another log-in',
      400,
      'login_failed',
      () => {
        provider.claims = { ...ANN, nonce: 'other' };
      },
    ],
    [
      'a token of another issuer',
      400,
      'login_failed',
      () => {
        provider.claims = { ...ANN, iss: 'https://evil.example' };
      },
    ],
    [
      'a token that is over',
      400,
      'login_failed',
      () => {
        provider.claims = { ...ANN, exp: 1 };
      },
    ],
    [
      'a person without rights',
      403,
      'forbidden',
      () => {
        provider.claims = { ...ANN, groups: ['other'] };
      },
    ],
  ])('fails on %s: %i %s', async (_, status, code, spoil) => {
    const browser = newBrowser();
    const callback = await callbackOf(service, browser);
    spoil(callback, browser);
    const answer = await visit(service, browser, pathOf(callback));
    expect(answer).toMatchObject(code === '' ? { status } : { status, body: { code } });
    expect(browser.cookies.has('__Host-llm-cost-ops')).toBe(status === 303);
  });

  test.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'costs',
    '/x/..//evil.example',
  ])('does not send the browser to %j', async (path) => {
    const answer = await visit(
      service,
      newBrowser(),
      `/api/v1/session/oidc?return_to=${encodeURIComponent(path)}`,
    );
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_query' } });
    expect(answer.headers.get('location')).toBeNull();
  });

  test('ends with its time, cannot be prolonged, and ends with the log-out', async () => {
    const { browser } = await logIn();
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    const headers = { cookie, 'sec-fetch-site': 'same-origin' };
    const prolonged = await call(service, 'POST /api/v1/session', { headers });
    expect(prolonged).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    time = new Date(time.getTime() + 3_599_000);
    expect(await visit(service, browser, '/api/v1/session')).toMatchObject({ status: 200 });
    time = new Date(time.getTime() + 2000);
    expect(await visit(service, browser, '/api/v1/session')).toMatchObject({ status: 401 });
    time = new Date();
    const second = (await logIn()).browser;
    const own = [...second.cookies].map((pair) => pair.join('=')).join('; ');
    const out = { cookie: own, 'sec-fetch-site': 'same-origin' };
    expect(await call(service, 'DELETE /api/v1/session', { headers: out })).toMatchObject({ status: 204 });
    expect(await call(service, 'GET /api/v1/session', { headers: out })).toMatchObject({ status: 401 });
  });

  test('ends where the rules no longer fit, or the setting is gone', async () => {
    const { browser } = await logIn();
    const people = JSON.stringify([{ claim: 'email', value: 'ann@example.com', roles: ['read'] }]);
    const narrower = await start({ OIDC_PEOPLE: people });
    expect((await visit(narrower, browser, '/api/v1/session')).body).toMatchObject({ roles: ['read'] });
    const others = await start({
      OIDC_PEOPLE: JSON.stringify([{ claim: 'group', value: 'other', roles: ['read'] }]),
    });
    expect(await visit(others, browser, '/api/v1/session')).toMatchObject({ status: 401 });
    const without = await start({ OIDC_ISSUER: '' });
    expect(await visit(without, browser, '/api/v1/session')).toMatchObject({ status: 401 });
    const begun = await visit(without, newBrowser(), '/api/v1/session/oidc');
    expect(begun).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await visit(service, browser, '/api/v1/session')).toMatchObject({ status: 200 });
  });

  test('gives a person of a project that project alone', async () => {
    const [one, other] = [await projectKey(service, 'one'), await projectKey(service, 'other')];
    const people = JSON.stringify([
      { claim: 'subject', value: 'ann-1', roles: ['read'], project: one.project },
    ]);
    const bound = await start({ OIDC_PEOPLE: people });
    const { browser } = await logIn(bound);
    expect((await visit(bound, browser, '/api/v1/session')).body).toMatchObject({ project: one.project });
    const path = '/api/v1/costs/summary?from=2026-01-01&to=2026-01-02';
    expect(await visit(bound, browser, `${path}&project=${one.project}`)).toMatchObject({ status: 200 });
    expect(await visit(bound, browser, `${path}&project=${other.project}`)).toMatchObject({ status: 403 });
  });

  test('is unavailable while the provider is away, and works afterwards without a restart', async () => {
    const gone = await startIdentityProvider();
    const { port } = gone.server.address() as AddressInfo;
    await gone.stop();
    const waiting = await start({ OIDC_ISSUER: gone.issuer });
    const answer = await visit(waiting, newBrowser(), '/api/v1/session/oidc');
    expect(answer).toMatchObject({ status: 503, body: { code: 'identity_provider_unavailable' } });
    await gone.server.start(port, '127.0.0.1');
    time = new Date(time.getTime() + 3000);
    expect(await visit(waiting, newBrowser(), '/api/v1/session/oidc')).toMatchObject({ status: 303 });
    await gone.stop();
  });

  test('writes no code, token or secret into logs and metrics', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`)).text();
    expect(metrics).toMatch(/oidc_logins_total\{outcome="ok"\} [1-9]/);
    expect(metrics).toMatch(/oidc_logins_total\{outcome="failed"\} [1-9]/);
    const written = `${service.logs()}${metrics}`;
    expect(service.logs()).toContain('a log-in at the identity provider fails');
    expect(provider.tokens.length).toBeGreaterThan(4);
    for (const token of [...provider.tokens, SECRET, 'code=']) expect(written).not.toContain(token);
  });

  describe('at the load balancer', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const kid = randomUUID();
    let keys: Server;
    let admin: TestService;

    beforeAll(async () => {
      const pem = publicKey.export({ type: 'spki', format: 'pem' });
      keys = createServer(({ url }, answer) => {
        answer.writeHead(url === `/${kid}` ? 200 : 404).end(pem);
      });
      await new Promise<void>((done) => keys.listen(0, '127.0.0.1', done));
      const { port } = keys.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}`;
      const own = { OIDC_LOAD_BALANCER_ARN: LOAD_BALANCER, OIDC_LOAD_BALANCER_KEYS_URL: url };
      admin = await start(own, 'admin');
    });

    afterAll(() => keys?.close());

    /** What a load balancer adds to a request; its parts have padding. */
    const proof = (changes: Record<string, unknown> = {}) => {
      const header = {
        ...{
          typ: 'JWT',
          kid,
          alg: 'ES256',
          iss: provider.issuer,
          client: 'llm-cost-ops',
          signer: LOAD_BALANCER,
        },
        ...{ exp: Math.floor(Date.now() / 1000) + 120, ...changes },
      };
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');
      const signed = `${part(header)}.${part(ANN)}`;
      const signature = createSign('sha256')
        .update(signed)
        .sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${signed}.${signature.toString('base64')}`;
    };

    test('is believed by the admin servers alone, and only where the setting is there', async () => {
      const headers = { 'x-amzn-oidc-data': proof() };
      expect(await call(admin, 'GET /api/admin/v1/pods', { headers })).toMatchObject({ status: 200 });
      expect(await call(service, 'GET /api/v1/session', { headers })).toMatchObject({ status: 401 });
      const plain = await start({}, 'admin');
      expect(await call(plain, 'GET /api/admin/v1/pods', { headers })).toMatchObject({ status: 401 });
    });

    test.each([
      ['another signer', { signer: LOAD_BALANCER.replace('alb', 'evil') }],
      ['another client', { client: 'other' }],
      ['another issuer', { iss: 'https://evil.example' }],
      ['time', { exp: Math.floor(Date.now() / 1000) - 31 }],
      ['another key', { kid: randomUUID() }],
    ])('is refused for %s', async (_, changes) => {
      const headers = { 'x-amzn-oidc-data': proof(changes) };
      expect(await call(admin, 'GET /api/admin/v1/pods', { headers })).toMatchObject({ status: 401 });
    });

    test('may come with cookies of 40 KB, which the load balancer adds to', async () => {
      const headers = { 'x-amzn-oidc-data': proof(), cookie: `a=${'x'.repeat(40_000)}` };
      expect(await call(admin, 'GET /api/admin/v1/pods', { headers })).toMatchObject({ status: 200 });
      const { status } = await call(service, 'GET /api/v1/session', { headers }).catch(() => ({
        status: 431,
      }));
      expect(status).toBe(431);
    });

    test('changes something only from pages of the own origin, under the name of the person', async () => {
      const send = (headers: Record<string, string>) =>
        call(admin, 'POST /api/admin/v1/projects', {
          body: { name: `by ann ${randomUUID()}` },
          headers: { 'x-amzn-oidc-data': proof(), ...headers },
        });
      expect(await send({})).toMatchObject({ status: 403, body: { code: 'cross_site' } });
      expect(await send({ 'sec-fetch-site': 'same-origin' })).toMatchObject({ status: 201 });
      const headers = { 'x-amzn-oidc-data': proof() };
      const { body } = await call(admin, 'GET /api/admin/v1/audit?limit=1', { headers });
      expect(body.data[0]).toMatchObject({ actor: 'person:ann-1 (ann@example.com)' });
    });
  });
});
