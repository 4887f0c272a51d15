import { Lifecycle } from '../../../../service/http/lifecycle';
import { type Listeners, listen } from '../../../../service/http/listeners';
import type { PressureProps } from '../../../../service/http/plugins/pressure';
import { buildServer } from '../../../../service/http/server';
import type { Server } from '../../../../service/http/server-types';
import { createLogger } from '../../../../service/telemetry/logger';
import { PerformanceMonitor } from '../../../../service/telemetry/performance-monitor';
import { PrometheusMetrics } from '../../../../service/telemetry/prometheus';

/** A server of the service without a database, whose routes are public. */
export interface SmallServer {
  readonly app: Server;
  readonly listeners: Listeners;
  readonly lifecycle: Lifecycle;
  readonly metrics: PrometheusMetrics;
  readonly url: string;
  readonly close: () => Promise<unknown>;
}

/** Handlers by path. */
export type Handlers = Readonly<Record<string, () => Promise<object>>>;

/** Starts a server on a free port. @param pools of the pressure; others are idle */
export async function smallServer(
  handlers: Handlers,
  pools: Partial<PressureProps['pools']> = {},
): Promise<SmallServer> {
  const [metrics, lifecycle] = [new PrometheusMetrics(), new Lifecycle()];
  const idle = { maxWaiting: 10, waiting: () => 0 };
  const app = await buildServer({
    title: 'test',
    openApiPath: '/openapi.json',
    logger: createLogger({ level: 'silent', pod: 'test' }),
    // Every route here is public.
    authenticator: { authenticate: async () => undefined } as never,
    metrics,
    monitor: new PerformanceMonitor({ clock: () => performance.now() }),
    lifecycle,
    keepAliveTimeoutMs: 60_000,
    pressure: {
      // A stall of the machine is no overload.
      maxEventLoopDelayMs: Number.POSITIVE_INFINITY,
      maxHeapBytes: 2 ** 31,
      random: Math.random,
      pools: { reads: idle, writes: idle, reports: idle, ...pools },
    },
    rateLimit: { requestsPerMinute: 1e9, counter: null as never, now: () => new Date() },
    routes: (scope) => {
      for (const [path, handler] of Object.entries(handlers)) {
        scope.get(path, { config: { access: 'public' }, schema: { hide: true }, handler });
      }
    },
  });
  const listeners = await listen(app, { port: 0, host: '127.0.0.1' });
  return {
    app,
    listeners,
    lifecycle,
    metrics,
    url: `http://127.0.0.1:${listeners.port}`,
    close: () => Promise.all([listeners.close(), app.close()]),
  };
}
