import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server of the command can behave. */
export const BEHAVIOURS = ['good', 'slow', 'failing', 'limited', 'down'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** How a server answers. */
interface Profile {
  /** Time before an answer, ms. @param chance from 0 to below 1 */
  readonly delayMs: (chance: number) => number;
  /** Each request whose number is a multiple of this is answered with 503; 0: none. */
  readonly failsEvery: number;
  /** Requests per second above which the rest is answered with 503. */
  readonly capacity: number;
}

/** Exponential with a mean of 3 ms: 1 % take longer than 14 ms. */
const quick = (chance: number) => -3 * Math.log(1 - chance);

const PROFILES: Readonly<Record<Behaviour, Profile>> = {
  good: { delayMs: quick, failsEvery: 0, capacity: Number.POSITIVE_INFINITY },
  slow: { delayMs: () => 1200, failsEvery: 0, capacity: Number.POSITIVE_INFINITY },
  failing: { delayMs: quick, failsEvery: 5, capacity: Number.POSITIVE_INFINITY },
  limited: { delayMs: quick, failsEvery: 0, capacity: 125 },
  down: { delayMs: quick, failsEvery: 1, capacity: Number.POSITIVE_INFINITY },
};

/** Window over which the capacity is counted, ms. */
const WINDOW_MS = 1000;

/** Length of the lists that are paged through, pages. */
const PAGES = 3;

/** The API that the default mix of requests needs, on loopback; it stores nothing. */
export class StubApi {
  /** Number of requests that were served, by method and path without its query. */
  readonly received: Record<string, number> = {};
  private readonly server = createServer((request, response) => this.serve(request, response));
  private requests = 0;
  /** When the requests of the window came, ms. */
  private served: number[] = [];

  /** @param now time of a clock that only goes forward, ms */
  constructor(
    private readonly behaviour: Behaviour,
    private readonly now: () => number,
  ) {}

  /** @returns its origin */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const { delayMs, failsEvery } = PROFILES[this.behaviour];
    this.requests += 1;
    const refused = this.requests % failsEvery === 0 || this.isOverCapacity();
    // The request is read to its end even if it is refused.
    request.resume().on('end', () => {
      setTimeout(() => {
        const { status, body } = refused ? UNAVAILABLE : this.answer(request);
        response.writeHead(status, { 'content-type': 'application/json', 'x-cache': 'Hit' });
        response.end(JSON.stringify(body));
      }, delayMs(Math.random()));
    });
  }

  /** Counts served requests only: a refused one costs a server almost nothing. */
  private isOverCapacity(): boolean {
    const { capacity } = PROFILES[this.behaviour];
    if (capacity === Number.POSITIVE_INFINITY) return false;
    const now = this.now();
    this.served = this.served.filter((at) => at > now - WINDOW_MS);
    if (this.served.length >= (capacity * WINDOW_MS) / 1000) return true;
    this.served.push(now);
    return false;
  }

  /** The routes of the default mix in the shapes of the API, and one of an LLM for other mixes. */
  private answer({ method, url = '/' }: IncomingMessage): { status: number; body: unknown } {
    const { pathname, searchParams } = new URL(url, 'http://stub');
    const route = `${method} ${pathname}`;
    this.received[route] = (this.received[route] ?? 0) + 1;
    switch (route) {
      case 'GET /api/v1/costs/summary':
        return { status: 200, body: { ...PERIOD, data: NO_COSTS } };
      case 'GET /api/v1/costs':
        return { status: 200, body: { ...PERIOD, group_by: ['day', 'model'], truncated: false, data: [] } };
      case 'GET /api/v1/requests': {
        const page = Number(searchParams.get('cursor') ?? 1);
        const next_cursor = page < PAGES ? String(page + 1) : null;
        return { status: 200, body: { data: [], next_cursor, total: { count: 0, exact: true }, limits: [] } };
      }
      case 'POST /api/v1/requests':
        return { status: 201, body: { accepted: 1, duplicates: 0, rejected: [], ids: [] } };
      case 'POST /api/v1/chat/completions':
        return { status: 200, body: { choices: [] } };
      default:
        return { status: 404, body: problem(404, 'not_found') };
    }
  }
}

/** What answers about costs have besides their data. */
const PERIOD = {
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-02T00:00:00.000Z',
  time_zone: 'UTC',
  as_of: '2026-01-02T00:00:00.000Z',
};

const NO_USD = '0.0000000000';

/** Costs of no requests. */
const NO_COSTS = {
  cost_usd: NO_USD,
  list_cost_usd: NO_USD,
  saved_cost_usd: NO_USD,
  requests: 0,
  completed: 0,
  failed: 0,
  cache_hits: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  unpriced_requests: 0,
  partial_requests: 0,
  estimated_requests: 0,
};

function problem(status: number, code: string): object {
  return { type: 'about:blank', title: code, status, code, detail: code, instance: 'stub' };
}

const UNAVAILABLE = { status: 503, body: problem(503, 'overloaded') };
