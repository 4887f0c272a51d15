import { createServer, type Server, type Socket } from 'node:net';
import { GATEWAY_PATHS } from '../../../service/contract';
import { EmbeddedMetrics } from '../../../service/telemetry/embedded-metrics';
import { PROVIDER_ERRORS } from '../../../service/telemetry/gateway-metrics';
import { createLogger } from '../../../service/telemetry/logger';
import { PerformanceMonitor } from '../../../service/telemetry/performance-monitor';
import { ProcessProfiler, ProfileInProgressError } from '../../../service/telemetry/profiler';
import { PrometheusMetrics } from '../../../service/telemetry/prometheus';
import { until } from '../../helpers/servers';

const SILENT = createLogger({ level: 'fatal', pod: 'test', destination: { write: () => undefined } });

/** Makes every series that the gateway and the cache can have. */
function countEverything(metrics: PrometheusMetrics, providers: readonly string[]): void {
  for (const route of GATEWAY_PATHS) {
    metrics.gateway?.observeGatewayOverhead(route, 0.001);
    for (const outcome of ['ok', 'cached', 'refused', 'provider_error', 'cancelled', 'error'] as const) {
      metrics.gateway?.countGatewayCall(route, outcome);
    }
  }
  for (const provider of providers) {
    for (const outcome of ['ok', 'error', 'timeout'] as const) {
      metrics.gateway?.observeProviderCall(provider, outcome, 1);
    }
    for (const kind of PROVIDER_ERRORS) metrics.gateway?.countProviderError(provider, kind);
  }
  for (const layer of ['memory', 'shared'] as const) {
    for (const result of ['hit', 'miss', 'error'] as const) metrics.countCacheLookup(layer, result);
  }
}

describe('the Prometheus page', () => {
  test('has the counter of requests from the start, and the connections of the pools', async () => {
    const metrics = new PrometheusMetrics({ pools: () => ({ active: 3, idle: 2, waiting: 1 }) });
    metrics.declareRoute('/api/v1/requests', 'POST');
    const page = await metrics.page();
    expect(page).toContain('http_requests_total{route="/api/v1/requests",method="POST"} 0');
    expect(page).toContain('db_pool_connections{state="waiting"} 1');
  });

  test('has the gauge of the HPA before the gateway is there, and its readings afterwards', async () => {
    const metrics = new PrometheusMetrics({ providers: ['openai', 'bedrock'] });
    expect(await metrics.page()).toContain('gateway_calls_in_flight 0');
    metrics.gateway?.watch({
      callsInFlight: () => 90,
      journalBytes: () => 1024,
      unsettledCalls: () => 3,
      openBreakers: (provider) => (provider === 'bedrock' ? 2 : 0),
    });
    const page = await metrics.page();
    for (const line of [
      'gateway_calls_in_flight 90',
      'gateway_journal_bytes 1024',
      'gateway_unsettled_calls 3',
      'gateway_breaker_open{provider="openai"} 0',
      'gateway_breaker_open{provider="bedrock"} 2',
    ]) {
      expect(page).toContain(`\n${line}\n`);
    }
  });

  test('has no metrics of a gateway on a pod without one', async () => {
    expect(await new PrometheusMetrics().page()).not.toContain('gateway_');
  });

  test('counts errors of a provider that is not configured under one label', async () => {
    const metrics = new PrometheusMetrics({ providers: ['openai'] });
    for (const provider of ['openai', 'x', 'y']) metrics.gateway?.countProviderError(provider, 'timeout');
    const page = await metrics.page();
    expect(page).toContain('gateway_provider_errors_total{provider="openai",kind="timeout"} 1');
    expect(page).toContain('gateway_provider_errors_total{provider="other",kind="timeout"} 2');
  });

  test('stays far below 5,000 series when 60 routes answer with every status', async () => {
    const providers = Array.from({ length: 20 }, (_, index) => `provider-${index}`);
    const metrics = new PrometheusMetrics({
      pools: () => ({ active: 0, idle: 0, waiting: 0 }),
      cache: true,
      providers,
    });
    countEverything(metrics, providers);
    const statuses = [
      200, 201, 202, 204, 207, 400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 431, 500, 503,
    ];
    for (let route = 0; route < 60; route += 1) {
      metrics.countRequest(`/route/${route}`, 'GET');
      for (const status of statuses) metrics.countResponse(`/route/${route}`, 'GET', status, 0.1);
    }
    // Methods that a caller invents are one label.
    for (const method of ['BREW', 'PROPFIND', 'X']) metrics.countRequest('unknown', method);
    const series = (await metrics.page()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(series.length).toBeLessThan(3500);
    expect(series.filter((line) => line.includes('OTHER'))).toHaveLength(1);
  });
});

describe('the logger', () => {
  test('leaves the row out that a constraint refused', () => {
    const lines: string[] = [];
    const logger = createLogger({
      level: 'error',
      pod: 'test',
      destination: { write: (line: string) => lines.push(line) },
    });
    const error = Object.assign(new Error('new row violates check constraint "cost_is_money"'), {
      code: '23514',
      detail: 'Failing row contains (Say hello).',
      where: "unnamed portal parameter $9 = 'Say hello'",
    });
    logger.error({ err: error }, 'failed');
    expect(lines.join('')).toContain('cost_is_money');
    expect(lines.join('')).not.toContain('Say hello');
  });
});

describe('the performance monitor', () => {
  let time = 0;
  const monitor = () => new PerformanceMonitor({ clock: () => time });

  test('counts calls, failures and times of a tracked function', async () => {
    const tracked = monitor();
    for (const [milliseconds, fails] of [
      [10, false],
      [30, false],
      [80, true],
    ] as const) {
      await tracked
        .track('work', () => {
          time += milliseconds;
          if (fails) throw new Error('no');
        })
        .catch(() => undefined);
    }
    expect(tracked.statistics()).toEqual([
      expect.objectContaining({
        name: 'work',
        calls: 3,
        successes: 2,
        failures: 1,
        meanMs: 40,
        minMs: 10,
        maxMs: 80,
      }),
    ]);
    expect(tracked.statistics()[0]?.successRate).toBeCloseTo(66.7, 1);
  });

  test('knows percentiles within 5 % of the exact ones', () => {
    const measured = monitor();
    for (let milliseconds = 1; milliseconds <= 1000; milliseconds += 1)
      measured.record('x', milliseconds, true);
    const [statistics] = measured.statistics();
    for (const [value, exact] of [
      [statistics?.p50Ms, 500],
      [statistics?.p95Ms, 950],
      [statistics?.p99Ms, 990],
    ] as const) {
      expect(value).toBeGreaterThanOrEqual(exact);
      expect(value).toBeLessThanOrEqual(exact * 1.05);
    }
  });

  test('keeps at most 500 names, and counts the calls of the others together', () => {
    const full = monitor();
    for (let name = 0; name < 1000; name += 1) full.record(`name ${name}`, 1, true);
    const statistics = full.statistics();
    expect(statistics).toHaveLength(501);
    expect(statistics.find(({ name }) => name === 'other')?.calls).toBe(500);
  });
});

describe('a profile', () => {
  function burnCpu(milliseconds: number): void {
    const end = performance.now() + milliseconds;
    while (performance.now() < end) Math.sqrt(end);
  }

  test('of the CPU names the function that burns it, and is a .cpuprofile', async () => {
    const taking = new ProcessProfiler().take('cpu', 1);
    const timer = setInterval(() => burnCpu(50), 60);
    const profile = await taking;
    clearInterval(timer);
    expect(profile.fileName).toMatch(/\.cpuprofile$/);
    expect(JSON.parse(profile.content)).toMatchObject({
      nodes: expect.any(Array),
      samples: expect.any(Array),
    });
    expect(profile.hottest.slice(0, 5).map(({ function: name }) => name)).toContain('burnCpu');
    expect(profile.hottest.length).toBeLessThanOrEqual(10);
  });

  test('of the heap names allocating functions', async () => {
    const kept: unknown[] = [];
    const taking = new ProcessProfiler().take('heap', 1);
    const timer = setInterval(() => kept.push(new Array(100_000).fill(0.5)), 50);
    const profile = await taking;
    clearInterval(timer);
    expect(JSON.parse(profile.content)).toMatchObject({ head: expect.any(Object) });
    expect(profile.hottest.length).toBeGreaterThan(0);
  });

  test('is taken one at a time, for 1 to 60 s', async () => {
    const profiler = new ProcessProfiler();
    const abort = new AbortController();
    const first = profiler.take('cpu', 60, abort.signal);
    await expect(profiler.take('heap', 1)).rejects.toThrow(ProfileInProgressError);
    abort.abort();
    expect((await first).kind).toBe('cpu');
    await expect(profiler.take('cpu', 61)).rejects.toThrow("'seconds' must be from 1 to 60, got 61");
  });
});

describe('embedded metrics', () => {
  let agent: Server;
  let received = '';
  const sockets: Socket[] = [];

  beforeAll(async () => {
    agent = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (chunk) => {
        received += chunk;
      });
    });
    await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    agent.close();
  });

  test('arrive in messages of at most 100 values, with one dimension', async () => {
    const { port } = agent.address() as { port: number };
    const metrics = new EmbeddedMetrics({
      environment: 'prod',
      endpoint: `tcp://127.0.0.1:${port}`,
      logGroup: '/llm-cost-ops/prod/api-metrics',
      poolWaiting: () => 4,
      logger: SILENT,
    });
    metrics.watch('breakerOpen', () => 1);
    for (let count = 0; count < 150; count += 1) metrics.put('llmResponseTime', count);
    await metrics.close();
    const messages = await until(async () => {
      const lines = received.split('\n').filter((line) => line !== '');
      if (lines.length < 2) throw new Error(`${lines.length} messages so far`);
      return lines.map((line) => JSON.parse(line));
    });
    expect(messages.map(({ LlmResponseTime }) => LlmResponseTime.length)).toEqual([100, 50]);
    expect(messages[0]).toMatchObject({ Environment: 'prod', DatabasePoolWaiting: 4, BreakerOpen: 1 });
    const [directive] = messages[0]._aws.CloudWatchMetrics;
    expect(directive).toMatchObject({ Namespace: 'LlmCostOps/Api', Dimensions: [['Environment']] });
    expect(messages[0]._aws.LogGroupName).toBe('/llm-cost-ops/prod/api-metrics');
  });
});
