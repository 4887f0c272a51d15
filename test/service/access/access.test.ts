import { allowsModel, commonModels } from '../../../service/access/allowed-models';
import { Authenticator } from '../../../service/access/authenticator';
import { isKey, newKey } from '../../../service/access/key-token';
import { createKey, revokeKey, rotateKey, storeFirstKey } from '../../../service/access/keys';
import { updateProject } from '../../../service/access/projects';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import {
  call,
  organisationKey,
  projectKey,
  record,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from '../http/test-service';

describe('a new key', () => {
  test('has 256 random bits, and the form of a key', () => {
    const keys = Array.from({ length: 100 }, newKey);
    expect(new Set(keys.map(({ secret }) => secret)).size).toBe(100);
    for (const { secret, hash, prefix } of keys) {
      expect(isKey(secret)).toBe(true);
      expect(Buffer.from(secret.slice(4), 'base64url')).toHaveLength(32);
      expect(hash).toHaveLength(32);
      expect(secret.startsWith(prefix)).toBe(true);
    }
  });
});

describeWithServers('access', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let service: TestService;
  let time = new Date();

  beforeAll(async () => {
    server = await TestServer.start();
    const database = await serviceDatabase(server);
    service = await startService('api', serviceEnvironment(server, database, 'llm_cost_ops_api'), () => time);
  });

  beforeEach(() => {
    time = new Date();
  });

  afterAll(async () => {
    await service?.close();
    await server?.remove();
  });

  const pass = (seconds: number) => {
    time = new Date(time.getTime() + seconds * 1000);
  };

  test('is refused without a key, with an unknown one, and with something that is none', async () => {
    for (const key of [undefined, newKey().secret, 'x', '']) {
      const answer = await call(service, 'GET /api/v1/requests', { key });
      expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
  });

  test('comes by x-api-key, too', async () => {
    const { key } = await projectKey(service, 'anthropic clients');
    const answer = await call(service, 'GET /api/v1/session', { headers: { 'x-api-key': key } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
  });

  test('ends on every pod within 10 s of a revocation', async () => {
    const { key, keyId } = await projectKey(service, 'revoked');
    const { access } = service.parts;
    const otherPod = new Authenticator(access);
    expect(await otherPod.byKey(key)).toBeDefined();
    await revokeKey(access, { id: keyId, projectId: null, actor: 'test' });
    pass(9.9);
    expect(await otherPod.byKey(key)).toBeDefined();
    pass(0.2);
    expect(await otherPod.byKey(key)).toBeUndefined();
    expect(await service.parts.authenticator.byKey(key)).toBeUndefined();
  });

  test('ends with the expiry to the second, though the key is cached', async () => {
    const expiresAt = new Date(time.getTime() + 5000);
    const { key } = await projectKey(service, 'expiring', { expiresAt });
    expect(await service.parts.authenticator.byKey(key)).toBeDefined();
    pass(5);
    expect(await service.parts.authenticator.byKey(key)).toBeUndefined();
  });

  test('goes on for the overlap of a rotation, with the former and the new key', async () => {
    const { access, authenticator } = service.parts;
    const { key, keyId, project } = await projectKey(service, 'rotated');
    const next = await rotateKey(access, { id: keyId, projectId: null, overlapSeconds: 60, actor: 'test' });
    expect(next.key).toMatchObject({ project_id: project, roles: ['ingest', 'read', 'admin'] });
    expect(await authenticator.byKey(key)).toBeDefined();
    expect(await authenticator.byKey(next.secret)).toBeDefined();
    pass(61);
    expect(await authenticator.byKey(key)).toBeUndefined();
    expect(await authenticator.byKey(next.secret)).toBeDefined();
    await expect(
      rotateKey(access, { id: keyId, projectId: null, overlapSeconds: 60, actor: 'test' }),
    ).rejects.toThrow('has ended or was rotated before');
  });

  test('is stored once from a secret, with or without the start of keys', async () => {
    const { access, authenticator } = service.parts;
    const { secret } = newKey();
    expect(
      await Promise.all([storeFirstKey(access, secret), storeFirstKey(access, secret.slice(4))]),
    ).toContain(true);
    expect(await storeFirstKey(access, secret)).toBe(false);
    expect(await authenticator.byKey(secret)).toMatchObject({ principal: { organisation: true } });
    await expect(storeFirstKey(access, 'short')).rejects.toThrow('must be 43 of');
  });

  test('needs the role of the route', async () => {
    const { key } = await projectKey(service, 'read only', { roles: ['read'] });
    const refused = await call(service, 'POST /api/v1/requests', { key, body: record() });
    expect(refused).toMatchObject({
      status: 403,
      body: { code: 'forbidden', detail: expect.stringContaining('ingest') },
    });
  });

  test('fails for roles that the organisation cannot have', async () => {
    const change = { projectId: null, name: 'wrong', roles: ['ingest'] as const };
    await expect(createKey(service.parts.access, change, 'test')).rejects.toThrow('give the key a project');
  });

  test('of an admin of a project makes keys of that project only', async () => {
    const { key, project } = await projectKey(service, 'own keys');
    const { project: other } = await projectKey(service, 'other keys');
    const made = await call(service, 'POST /api/v1/keys', { key, body: { name: 'a', roles: ['read'] } });
    expect(made).toMatchObject({ status: 201, body: { project, key: expect.stringMatching(/^lco_/) } });
    for (const wrong of [other, null]) {
      const body = { name: 'a', roles: ['read'], project: wrong };
      expect(await call(service, 'POST /api/v1/keys', { key, body })).toMatchObject({ status: 403 });
    }
    const revoked = await call(service, `DELETE /api/v1/keys/${made.body.id}`, {
      key: (await projectKey(service, 'third')).key,
    });
    expect(revoked).toMatchObject({ status: 404 });
  });

  test('begins with a key and goes on with a cookie that pages of other origins cannot use', async () => {
    const { key } = await projectKey(service, 'console');
    const begun = await call(service, 'POST /api/v1/session', { key });
    const cookie = begun.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      /^__Host-llm-cost-ops=[\w-]{43}; Path=\/; Max-Age=43200; Secure; HttpOnly; SameSite=Strict$/,
    );
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    expect(await call(service, 'GET /api/v1/session', { headers })).toMatchObject({ status: 200 });

    const foreign = { ...headers, origin: 'https://evil.example.com' };
    expect(await call(service, 'DELETE /api/v1/session', { headers: foreign })).toMatchObject({
      status: 403,
      body: { code: 'cross_site' },
    });
    const own = { ...headers, origin: service.url };
    expect(await call(service, 'DELETE /api/v1/session', { headers: own })).toMatchObject({ status: 204 });
    pass(10);
    expect(await call(service, 'GET /api/v1/session', { headers })).toMatchObject({ status: 401 });
  });

  test('is limited to the requests of the key in a minute', async () => {
    const { key } = await projectKey(service, 'limited', { requestsPerMinute: 3 });
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      statuses.push((await call(service, 'GET /api/v1/session', { key })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const refused = await call(service, 'GET /api/v1/session', { key });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.body).toMatchObject({ code: 'rate_limited' });
  });

  test('brings its limits of tokens and models, with those of its project', async () => {
    const { access, authenticator } = service.parts;
    const allowedModels = ['gpt-4o-mini', 'gpt-4o'];
    const { key, project } = await projectKey(service, 'gateway limits', {
      allowedModels,
      tokensPerMinute: 500,
    });
    const change = { allowed_models: ['gpt-4o', 'claude-sonnet-4'], tokens_per_minute: 900 };
    await updateProject(access, project, change, 'test');
    expect(await authenticator.byKey(key)).toMatchObject({
      keyName: 'gateway limits',
      allowedModels: ['gpt-4o'],
      tokensPerMinute: { key: 500, project: 900 },
    });
  });

  test("is limited by its project's limit where that is smaller", async () => {
    const { key, project } = await projectKey(service, 'raised', { requestsPerMinute: 1000 });
    const change = { key: await organisationKey(service), body: { requests_per_minute: 2 } };
    expect(await call(service, `PATCH /api/v1/projects/${project}`, change)).toMatchObject({ status: 200 });
    const answer = await call(service, 'GET /api/v1/session', { key });
    expect(answer.headers.get('x-ratelimit-limit')).toBe('2');
  });

  test('leaves a row in the audit log for each change, which a project sees of its own', async () => {
    const { key, project } = await projectKey(service, 'audited');
    const organisation = await organisationKey(service);
    await call(service, 'POST /api/v1/requests', { key, body: record() });
    pass(1);
    await call(service, `PATCH /api/v1/projects/${project}`, {
      key: organisation,
      body: { store_prompts: false },
    });
    pass(1);
    const erased = await call(service, 'POST /api/v1/users/ann/erase', { key, body: {} });
    expect(erased).toMatchObject({ status: 200, body: { erased: 1, projects: [project] } });
    const { body } = await call(service, 'GET /api/v1/audit', { key });
    const actions = body.data.map(({ action }: { action: string }) => action);
    expect(actions.slice(0, 2)).toEqual(['user.erase', 'project.update']);
    // Both were made within a millisecond.
    expect(actions.slice(2).sort()).toEqual(['key.create', 'project.create']);
    expect(new Set(body.data.map((row: { project: string }) => row.project))).toEqual(new Set([project]));
  });

  test('writes no key and no prompt to the log', async () => {
    const { key } = await projectKey(service, 'logged');
    await call(service, 'POST /api/v1/requests', { key, body: record({ prompt: 'a secret prompt' }) });
    await call(service, 'POST /api/v1/requests', { key, body: record({ prompt: 'a secret prompt\0' }) });
    service.parts.logger.info(
      { prompt: 'a secret prompt', headers: { authorization: key } },
      'careless line',
    );
    expect(service.logs()).toContain('careless line');
    expect(service.logs()).not.toContain('a secret prompt');
    expect(service.logs()).not.toContain(key);
  });
});

describe('the models that a key and its project allow', () => {
  test.each([
    [null, null, null],
    [['a', 'b'], null, ['a', 'b']],
    [null, ['b'], ['b']],
    [['a', 'b'], ['b', 'c'], ['b']],
    [['a'], ['c'], []],
  ])('%j and %j are %j', (key, project, common) => {
    expect(commonModels(key, project)).toEqual(common);
    expect(allowsModel(common, 'b')).toBe(common === null || common.includes('b'));
  });
});
