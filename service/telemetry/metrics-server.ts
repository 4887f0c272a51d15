import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PrometheusMetrics } from './prometheus';

/** Path of the page. */
const METRICS_PATH = '/metrics';

/** Content-Type that Prometheus expects. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A running server of the Prometheus page. */
export interface MetricsServer {
  /** Port that it listens on. */
  readonly port: number;
  /** Stops it. */
  close(): Promise<void>;
}

/** Serves the page on a port of its own, which no load balancer reaches. @param port 0 takes a free one */
export async function serveMetrics(metrics: PrometheusMetrics, port: number): Promise<MetricsServer> {
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' || path !== METRICS_PATH) {
      response
        .writeHead(404, { 'content-type': 'text/plain' })
        .end('not found: only GET /metrics is served\n');
      return;
    }
    try {
      const page = await metrics.page();
      response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(page);
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(`${(error as Error).message}\n`);
    }
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '::' }, resolve);
  });
}
