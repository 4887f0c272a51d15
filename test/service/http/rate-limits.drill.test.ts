import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithServers, until } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { ValkeyServer } from '../cache/valkey-server';
import {
  call,
  projectKey,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from './test-service';

const LIMIT = 10;
const ROUTE = 'GET /api/v1/session';

describeWithServers('two servers with one Valkey', [...DATABASE_PROGRAMS, 'valkey-server'], () => {
  let server: TestServer;
  let valkey: ValkeyServer;
  let services: readonly TestService[] = [];
  let environment: ReturnType<typeof serviceEnvironment>;

  beforeAll(async () => {
    [server, valkey] = await Promise.all([TestServer.start(), ValkeyServer.start()]);
    environment = {
      ...serviceEnvironment(server, await serviceDatabase(server), 'llm_cost_ops_api'),
      CACHE_HOST: '127.0.0.1',
      CACHE_PORT: String(valkey.port),
      CACHE_AUTHENTICATION: 'none',
      CACHE_TLS: 'false',
      CACHE_CLUSTER_MODE: 'false',
      CACHE_RETRY_MAX_MS: '100',
    };
    services = await Promise.all([startService('api', environment), startService('api', environment)]);
    await Promise.all(services.map((service) => until(() => isConnected(service, true))));
  });

  afterAll(async () => {
    await Promise.all(services.map((service) => service.close()));
    await Promise.all([server?.remove(), valkey?.remove()]);
  });

  /** Sends requests to the servers in turn; returns the statuses. */
  async function send(key: string, count: number): Promise<number[]> {
    const statuses: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const service = services[index % services.length] as TestService;
      statuses.push((await call(service, ROUTE, { key })).status);
    }
    return statuses;
  }

  async function newKey(name: string): Promise<{ readonly key: string; readonly keyId: string }> {
    return projectKey(services[0] as TestService, name, { requestsPerMinute: LIMIT });
  }

  async function isConnected({ parts }: TestService, expected: boolean): Promise<void> {
    expect(await parts.metrics.page()).toContain(`\ncache_connected ${expected ? 1 : 0}\n`);
  }

  test('share the limit of a key', async () => {
    const { key, keyId } = await newKey('shared');
    expect(await send(key, LIMIT + 2)).toEqual([...Array(LIMIT).fill(200), 429, 429]);
    const refused = await call(services[0] as TestService, ROUTE, { key });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(refused.headers.get('x-ratelimit-limit')).toBe(String(LIMIT));
    expect(await valkey.send('KEYS', `*${keyId}*`)).toEqual([`{rl:${keyId}}:requests`]);
  });

  test('count callers without a key for themselves', async () => {
    const before = await valkey.send('DBSIZE');
    expect(await send('lco_wrong', 2)).toEqual([401, 401]);
    expect(await valkey.send('DBSIZE')).toBe(before);
  });

  test('limit each for itself while Valkey is away, without an error, and together again later', async () => {
    const { key } = await newKey('outage');
    const before = await send(key, 4);
    const killing = valkey.stop();
    // Requests that Valkey's end meets.
    const during = await send(key, 6);
    await killing;
    await Promise.all(services.map((service) => until(() => isConnected(service, false))));
    const after = await send(key, 14);
    // Each server has answered 12 requests: its own limit is 10, and it knows those from before.
    expect([...before, ...during, ...after]).toEqual([...Array(2 * LIMIT).fill(200), ...Array(4).fill(429)]);

    await valkey.resume();
    await Promise.all(services.map((service) => until(() => isConnected(service, true))));
    // A failed question is followed by a second without questions.
    await sleep(1100);
    const { key: later } = await newKey('later');
    expect(await send(later, LIMIT + 2)).toEqual([...Array(LIMIT).fill(200), 429, 429]);
  });

  test('answer in time while Valkey hangs', async () => {
    const { key } = await newKey('hanging');
    valkey.signal('SIGSTOP');
    const started = performance.now();
    const statuses = await send(key, LIMIT);
    const milliseconds = performance.now() - started;
    valkey.signal('SIGCONT');
    expect(statuses).toEqual(Array(LIMIT).fill(200));
    // Each server waits 100 ms once, not for each request.
    expect(milliseconds).toBeLessThan(LIMIT * 100);
  });

  test('show what has decided, and log an outage once a minute', async () => {
    for (const { parts, logs } of services) {
      const page = await parts.metrics.page();
      expect(page).toMatch(/rate_limit_checks_total\{counter="shared"\} [1-9]/);
      expect(page).toMatch(/rate_limit_checks_total\{counter="pod"\} [1-9]/);
      expect(page).toMatch(/cache_errors_total [1-9]/);
      expect(logs().match(/the shared cache fails/g)).toHaveLength(1);
    }
  });

  test('start without Valkey, and end while it is away', async () => {
    await valkey.stop();
    const service = await startService('api', environment);
    const { key } = await newKey('alone');
    expect((await call(service, ROUTE, { key })).status).toBe(200);
    await service.close();
    await valkey.resume();
  });

  test('admin servers count for themselves', async () => {
    const admin = await startService('admin', {
      ...environment,
      DATABASE_USER: 'llm_cost_ops_admin',
      DATABASE_WRITER_USER: 'llm_cost_ops_admin',
    });
    expect(admin.parts.cache).toBeNull();
    expect(await admin.parts.metrics.page()).not.toContain('cache_connected');
    await admin.close();
  });
});
