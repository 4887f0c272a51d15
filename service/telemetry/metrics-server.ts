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

/** Where the page is served. */
export interface MetricsAddress {
  /** IP address to listen on; `::` is every address. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** Serves the page on a port of its own, which no load balancer reaches. */
export async function serveMetrics(
  metrics: PrometheusMetrics,
  address: MetricsAddress,
): Promise<MetricsServer> {
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
  await listen(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, address: MetricsAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, resolve);
  });
}
