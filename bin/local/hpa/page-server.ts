import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoopServer } from './api-server';
import type { LoopPoint, PublishedForecast } from './loop-history';
import { PAGE, PAGE_POLICY } from './page/page';

/** What the page shows. */
export interface PageState {
  /** The platform's clock, ms since 1970-01-01 UTC. */
  readonly nowMs: number;
  /** Seconds of that clock in a second. */
  readonly speed: number;
  /** Requests per second that one pod should serve. */
  readonly requestsPerPod: number;
  /** Bounds of the HPA without a floor. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** What the last sync did, for people. */
  readonly reason: string;
  readonly points: readonly LoopPoint[];
  readonly forecasts: readonly PublishedForecast[];
}

/** Serves the page and its numbers on loopback, to this machine's own names only. */
export async function startPageServer(state: () => PageState, port = 0): Promise<LoopServer> {
  const server = createServer((request, response) => serve(request, response, state));
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function serve(request: IncomingMessage, response: ServerResponse, state: () => PageState): void {
  const [status, type, body] = answerTo(request, state);
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': PAGE_POLICY,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
  response.writeHead(status, headers).end(body);
}

function answerTo(
  request: IncomingMessage,
  state: () => PageState,
): readonly [status: number, type: string, body: string] {
  // A name of somebody else's that leads to 127.0.0.1 would let its page read this one.
  if (!isOwnHost(request)) return [421, 'text/plain', 'this page is for 127.0.0.1 and localhost'];
  if (request.method !== 'GET') return [405, 'text/plain', 'only GET'];
  if (request.url === '/') return [200, 'text/html', PAGE];
  if (request.url === '/state.json') return [200, 'application/json', JSON.stringify(state())];
  return [404, 'text/plain', 'not here'];
}

function isOwnHost({ headers, socket }: IncomingMessage): boolean {
  return ['127.0.0.1', 'localhost'].some((host) => headers.host === `${host}:${socket.localPort}`);
}

function portOf(address: AddressInfo | string | null): number {
  return (address as AddressInfo).port;
}
