import { settingsOf } from '../../../k8s/charts/settings';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { type Environment, readConfig } from '../../../service/config';
import { type CacheParts, openCache } from '../../../service/runtime/open-cache';
import { createLogger } from '../../../service/telemetry/logger';
import { PrometheusMetrics } from '../../../service/telemetry/prometheus';
import { until } from '../../helpers/servers';
import { IAM_CREDENTIALS, IamServer } from './iam-server';

const AWS_VARIABLES = {
  AWS_ACCESS_KEY_ID: IAM_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: IAM_CREDENTIALS.secretAccessKey,
};

describe('the cache that the charts describe', () => {
  const saved = { ...process.env };
  const lines: string[] = [];
  let server: IamServer;
  let metrics: PrometheusMetrics;

  beforeAll(async () => {
    Object.assign(process.env, AWS_VARIABLES);
    server = await IamServer.start();
  });
  beforeEach(() => {
    lines.length = 0;
    metrics = new PrometheusMetrics({ cache: true });
  });
  afterAll(async () => {
    for (const name of Object.keys(AWS_VARIABLES)) delete process.env[name];
    Object.assign(process.env, saved);
    await server.close();
  });

  function open(changes: Environment = {}): CacheParts {
    const config = readConfig({
      ...settingsOf(loadEnvironment('dev')),
      AWS_REGION: 'us-east-1',
      DATABASE_HOST: 'localhost',
      CACHE_HOST: '127.0.0.1',
      CACHE_PORT: String(server.port),
      // The stand-in is one server without TLS.
      CACHE_TLS: 'false',
      CACHE_CLUSTER_MODE: 'false',
      ...changes,
    });
    const destination = { write: (line: string) => void lines.push(line) };
    const logger = createLogger({ level: 'info', pod: 'test', destination });
    const parts = openCache({ config, logger, metrics, now: () => server.now() });
    parts.cache?.open();
    return parts;
  }

  test('is logged in to with the pod’s credentials', async () => {
    const { cache } = open();
    await until(async () => expect(await metrics.page()).toContain('cache_connected 1'));
    await cache?.close();
    await until(async () => expect(await metrics.page()).toContain('cache_connected 0'));
    expect(lines).toEqual([]);
  });

  test('counts and logs refused log-ins, without the token', async () => {
    const { cache } = open({ CACHE_USER: 'somebody' });
    await until(async () => expect(await metrics.page()).toMatch(/cache_errors_total [2-9]/));
    await cache?.close();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('Valkey refused the log-in of somebody');
    expect(lines[0]).not.toContain('X-Amz-Signature');
  });

  test('is none without a host: the pod counts for itself', async () => {
    const { cache, rateCounter } = open({ CACHE_HOST: '' });
    expect(cache).toBeNull();
    expect(await rateCounter.count('key', 60_000)).toEqual({ requests: 1, remainingMs: 60_000 });
  });
});
