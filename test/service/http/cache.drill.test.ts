import { projectTag, userTag } from '../../../service/cache/invalidation/cache-changes';
import { cacheKey } from '../../../service/cache/layers/cache-key';
import { describeWithServers, until } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { ValkeyServer } from '../cache/valkey-server';
import {
  call,
  organisationKey,
  projectKey,
  record,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from './test-service';

const START = Date.now();

/** Goes five times slower than time: what a pod looks up again after 10 s comes 50 s later, after the end of a test. */
const slowClock = () => new Date(START + (Date.now() - START) / 5);

const DAY = 'from=2026-01-01T00:00:00Z&to=2099-01-01T00:00:00Z'.replace(
  '2099',
  String(new Date().getUTCFullYear() + 1),
);

/** Reads the events of a stream. */
async function watch(service: TestService, key: string, query = '') {
  const stop = new AbortController();
  const response = await fetch(`${service.url}/api/stream/requests${query}`, {
    headers: { authorization: `Bearer ${key}` },
    signal: stop.signal,
  });
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk);
  })().catch(() => undefined);
  const events = (name: string) =>
    [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)]
      .filter(([, kind]) => kind === name)
      .map(([, , data]) => JSON.parse(String(data)));
  return {
    events,
    ended: reading,
    close: async () => {
      stop.abort();
      await reading;
    },
  };
}

describeWithServers(
  'two API pods and an admin server with one Valkey',
  [...DATABASE_PROGRAMS, 'valkey-server'],
  () => {
    let server: TestServer;
    let valkey: ValkeyServer;
    let one: TestService;
    let two: TestService;
    let admin: TestService;
    let organisation: string;

    beforeAll(async () => {
      [server, valkey] = await Promise.all([TestServer.start(), ValkeyServer.start()]);
      const database = await serviceDatabase(server);
      const environment = (pod: string) => ({
        ...serviceEnvironment(server, database, 'llm_cost_ops_api'),
        HOSTNAME: pod,
        CACHE_HOST: '127.0.0.1',
        CACHE_PORT: String(valkey.port),
        CACHE_AUTHENTICATION: 'none',
        CACHE_TLS: 'false',
        CACHE_CLUSTER_MODE: 'false',
      });
      one = await startService('api', environment('pod-one'), slowClock);
      two = await startService('api', environment('pod-two'), slowClock);
      admin = await startService('admin', serviceEnvironment(server, database, 'llm_cost_ops_admin'));
      organisation = await organisationKey(admin);
      for (const { parts } of [one, two])
        await until(async () => expect(parts.shared?.isConnected).toBe(true));
    });

    afterAll(async () => {
      for (const service of [one, two, admin]) await service?.close();
      await valkey?.remove();
      await server?.remove();
    });

    test('a key that one pod revokes is refused by the other at once', async () => {
      const { key, keyId } = await projectKey(one, 'revoked');
      expect((await call(two, 'GET /api/v1/session', { key })).status).toBe(200);
      expect((await call(one, `DELETE /api/v1/keys/${keyId}`, { key })).status).toBe(200);
      expect((await call(one, 'GET /api/v1/session', { key })).status).toBe(401);
      await until(async () => expect((await call(two, 'GET /api/v1/session', { key })).status).toBe(401));
    });

    test('a project that the admin server archives is refused by the API pods', async () => {
      const { key, project } = await projectKey(one, 'archived');
      for (const pod of [one, two])
        expect((await call(pod, 'GET /api/v1/session', { key })).status).toBe(200);
      const change = { key: organisation, body: { archived: true } };
      expect((await call(admin, `PATCH /api/admin/v1/projects/${project}`, change)).status).toBe(200);
      for (const pod of [one, two]) {
        await until(async () => expect((await call(pod, 'GET /api/v1/session', { key })).status).toBe(401));
      }
    });

    test('cost answers are kept until somebody wants new ones, or an admin ends them', async () => {
      const { key } = await projectKey(one, 'costs');
      const requestsOf = async (pod: TestService, headers = {}) => {
        const answer = await call(pod, `GET /api/v1/costs/summary?${DAY}`, { key, headers });
        expect(answer.status).toBe(200);
        return answer.body.data.requests;
      };
      const store = () => call(one, 'POST /api/v1/requests', { key, body: [record()] });
      await store();
      expect([await requestsOf(one), await requestsOf(two)]).toEqual([1, 1]);
      await store();
      expect([await requestsOf(one), await requestsOf(two)]).toEqual([1, 1]);
      expect(await requestsOf(one, { 'cache-control': 'no-cache' })).toBe(2);
      expect(await requestsOf(one)).toBe(2);
      await store();
      const answer = await call(admin, 'POST /api/admin/v1/cache/invalidate', {
        key: organisation,
        body: { namespace: 'costs' },
      });
      expect(answer).toMatchObject({ status: 202, body: { pods: ['pod-one', 'pod-two'] } });
      for (const pod of [one, two]) await until(async () => expect(await requestsOf(pod)).toBe(3));
      const audit = await call(admin, 'GET /api/admin/v1/audit?limit=50', { key: organisation });
      expect(audit.body.data).toContainEqual(
        expect.objectContaining({
          action: 'cache.invalidate',
          subject: 'all',
          detail: { namespaces: ['costs'], pods: 2 },
        }),
      );
    });

    test('a user’s erasure takes cached answers of the user from every pod, by the API and by the admin server', async () => {
      const { key, project } = await projectKey(one, 'erased');
      await call(one, 'POST /api/v1/requests', { key, body: [record()] });
      const [anns, bobs] = [cacheKey('llm', project, 'ann'), cacheKey('llm', project, 'bob')];
      for (const [by, route, caller] of [
        [two, 'POST /api/v1/users/ann/erase', key],
        [admin, 'POST /api/admin/v1/users/ann/erase', organisation],
      ] as const) {
        await one.parts.layers.set(anns, 'Paris', {
          ttlSeconds: 600,
          tags: [userTag(project, 'ann'), projectTag(project)],
        });
        await one.parts.layers.set(bobs, 'Rome', {
          ttlSeconds: 600,
          tags: [userTag(project, 'bob'), projectTag(project)],
        });
        await until(async () => expect(await two.parts.layers.get(anns)).toBeDefined());
        expect((await call(by, route, { key: caller, body: { project } })).status).toBe(200);
        for (const { parts } of [one, two]) {
          await until(async () => expect(await parts.layers.get(anns)).toBeUndefined());
          expect(await parts.layers.get(bobs)).toBeDefined();
        }
      }
    });

    test('an admin ends the entries of a project, of one of its users, and the memory of one pod', async () => {
      const { project } = await projectKey(one, 'ended by hand');
      const invalidate = (body: object) =>
        call(admin, 'POST /api/admin/v1/cache/invalidate', { key: organisation, body });
      const cases = [
        { tags: [projectTag(project)], body: { project } },
        { tags: [userTag(project, 'ann')], body: { project, user: 'ann' } },
        { tags: ['mine'], body: { tag: 'mine' } },
      ];
      const keyOf = (index: number) => cacheKey('llm', project, index);
      for (const [index, { tags }] of cases.entries()) {
        await one.parts.layers.set(keyOf(index), 1, { ttlSeconds: 600, tags });
      }
      for (const { body } of cases) expect((await invalidate(body)).status).toBe(202);
      for (const index of cases.keys()) {
        await until(async () => expect(await one.parts.layers.get(keyOf(index))).toBeUndefined());
      }
      const key = keyOf(3);
      await one.parts.layers.set(key, 1, { ttlSeconds: 600 });
      await until(async () => expect((await two.parts.layers.get(key))?.layer).toBe('l1'));
      expect((await invalidate({ clear_l1: true, pod: 'pod-one' })).body).toEqual({ pods: ['pod-one'] });
      await until(async () => expect((await one.parts.layers.get(key))?.layer).toBe('l2'));
      expect((await two.parts.layers.get(key))?.layer).toBe('l1');
      for (const [body, status] of [
        [{}, 400],
        [{ tag: 'a', namespace: 'b' }, 400],
        [{ user: 'ann' }, 400],
        [{ namespace: 'No' }, 400],
        [{ clear_l1: true, pod: 'gone' }, 404],
      ] as const) {
        expect((await invalidate(body)).status).toBe(status);
      }
    });

    test('the admin server shows the layers of each API pod', async () => {
      const { body } = await call(admin, 'GET /api/admin/v1/cache', { key: organisation });
      expect(body.data.map(({ pod }: { pod: string }) => pod)).toEqual(['pod-one', 'pod-two']);
      expect(body.data[0]).toMatchObject({
        l1: { entries: expect.any(Number), max_bytes: 33_554_432, evictions: 0 },
        l2: { hits: expect.any(Number), connected: expect.any(Boolean), waiting_invalidations: 0 },
      });
      expect(
        (await one.parts.metrics.page()).match(
          /cache_lookups_total\{layer="(memory|shared)",result="hit"\} [1-9]/g,
        ),
      ).toHaveLength(2);
    });

    test('a stream has the requests that end in any pod, of the key’s project only', async () => {
      const [own, other] = [await projectKey(one, 'watched'), await projectKey(one, 'unwatched')];
      const [mine, all] = [await watch(two, own.key), await watch(two, organisation)];
      await until(async () =>
        expect([...mine.events('open'), ...all.events('open')]).toEqual(Array(2).fill({ servers: 'all' })),
      );
      // The first ones may come before pod one knows that somebody watches.
      await until(async () => {
        await call(one, 'POST /api/v1/requests', { key: other.key, body: [record({ model: 'other' })] });
        await call(one, 'POST /api/v1/requests', { key: own.key, body: [record({ model: 'mine' })] });
        expect(mine.events('request')).not.toEqual([]);
        expect(new Set(all.events('request').map(({ model }) => model))).toEqual(new Set(['mine', 'other']));
      });
      expect(new Set(mine.events('request').map(({ project }) => project))).toEqual(new Set([own.project]));
      const [first] = mine.events('request');
      const stored = await call(one, `GET /api/v1/requests/${first.id}`, { key: own.key });
      expect({ ...first, prompt: stored.body.prompt }).toEqual(stored.body);
      // A request that goes on has not ended.
      const before = mine.events('request').length;
      const active = await call(one, 'POST /api/v1/requests', {
        key: own.key,
        body: [record({ status: 'active', tokens: undefined, latency_ms: undefined })],
      });
      expect(active.status).toBe(201);
      const end = { status: 'completed', latency_ms: 5, tokens: { input: 1, output: 1 } };
      await call(one, `PATCH /api/v1/requests/${active.body.ids[0]}`, { key: own.key, body: end });
      await until(async () => expect(mine.events('request').at(-1).id).toBe(active.body.ids[0]));
      expect(
        mine
          .events('request')
          .slice(before)
          .filter(({ status }) => status === 'active'),
      ).toEqual([]);
      expect(
        (await call(two, `GET /api/stream/requests?project=${other.project}`, { key: own.key })).status,
      ).toBe(403);
      // A revoked key's stream ends at once.
      await call(one, `DELETE /api/v1/keys/${own.keyId}`, { key: own.key });
      await mine.ended;
      await all.close();
    });

    test('a pod that takes a profile carries out other commands meanwhile', async () => {
      const key = cacheKey('llm', 'profile');
      await one.parts.layers.set(key, 1, { ttlSeconds: 600, tags: ['profiled'] });
      const asked = await call(admin, 'POST /api/admin/v1/pods/pod-one/profiles', {
        key: organisation,
        body: { kind: 'cpu', seconds: 60 },
      });
      const state = async () =>
        (await call(admin, `GET /api/admin/v1/profiles/${asked.body.id}`, { key: organisation })).body.state;
      await until(async () => expect(await state()).toBe('running'));
      const body = { tag: 'profiled' };
      await call(admin, 'POST /api/admin/v1/cache/invalidate', { key: organisation, body });
      await until(async () => expect(await one.parts.layers.get(key)).toBeUndefined());
      expect(await state()).toBe('running');
    });
  },
);
