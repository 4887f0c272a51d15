import type { FastifyRequest } from 'fastify';
import type { PerformanceMonitor } from '../../telemetry/performance-monitor';
import { type PrometheusMetrics, UNKNOWN_ROUTE } from '../../telemetry/prometheus';
import type { Server } from '../server-types';

/** Counts requests when they arrive, and responses and their time when they begin. */
export function registerMetrics(app: Server, metrics: PrometheusMetrics, monitor: PerformanceMonitor): void {
  app.addHook('onRoute', ({ url, method }) => {
    for (const name of [method].flat()) metrics.declareRoute(url, name);
  });
  app.addHook('onRequest', (request, _reply, done) => {
    metrics.countRequest(routeOf(request), request.method);
    done();
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    const route = routeOf(request);
    metrics.countResponse(route, request.method, reply.statusCode, reply.elapsedTime / 1000);
    if (route !== UNKNOWN_ROUTE) {
      monitor.record(`${request.method} ${route}`, reply.elapsedTime, reply.statusCode < 500);
    }
    done();
  });
}

/** The route's template, never the URL. */
function routeOf(request: FastifyRequest): string {
  return request.is404 ? UNKNOWN_ROUTE : (request.routeOptions.url ?? UNKNOWN_ROUTE);
}
