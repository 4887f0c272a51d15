import { type MixEntry, USER_COUNT, USER_PREFIX } from './mix.ts';
import type { Parameters } from './parameters.ts';

/** A request to be sent. */
export interface PlannedRequest {
  readonly entry: MixEntry;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Whether the client has to read the answer's body; k6 discards the others. */
  readonly readsBody: boolean;
  readonly timeoutMs: number;
}

/** What came back; status 0: nothing did. */
export interface Answer {
  readonly status: number;
  readonly timedOut: boolean;
  readonly body: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** What an answer says about the objectives; undefined where it says nothing. */
export interface Verdict {
  /** Whether the status is the expected one. */
  readonly expected: boolean;
  readonly llmTimedOut?: boolean;
  readonly cacheHit?: boolean;
}

/** The order of requests: each of the mix in turn, or by chance and weight. */
export type Order = 'in-turn' | 'by-weight';

/** A virtual user: chooses its requests, pages through lists, and judges what comes back. */
export class Client {
  private readonly cursors: Record<string, string> = {};

  constructor(
    private readonly parameters: Parameters,
    private readonly order: Order = 'by-weight',
  ) {}

  /** @param iteration number of the request in the scenario, from 0 */
  next(iteration: number): PlannedRequest {
    const { baseUrl, apiToken, mix, timeoutMs } = this.parameters;
    const entry = this.order === 'in-turn' ? mix[iteration % mix.length] : byWeight(mix, Math.random());
    const { method, path, body, cursor, name } = entry as MixEntry;
    const page = this.cursors[name];
    const separator = path.includes('?') ? '&' : '?';
    return {
      entry: entry as MixEntry,
      url: `${baseUrl}${fill(path)}${page ? `${separator}cursor=${encodeURIComponent(page)}` : ''}`,
      headers: {
        Accept: 'application/json',
        'X-Load-Test': 'true',
        ...(apiToken === '' ? {} : { Authorization: `Bearer ${apiToken}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: method === 'GET' || body === undefined ? null : fill(JSON.stringify(body)),
      readsBody: cursor !== undefined,
      timeoutMs,
    };
  }

  /** Takes an answer: keeps the cursor of the next page, and judges it. */
  take({ entry }: PlannedRequest, answer: Answer): Verdict {
    const expected = answer.status === entry.status;
    if (entry.cursor !== undefined && expected) this.turnPage(entry.name, entry.cursor, answer.body);
    if (entry.kind !== 'llm') return { expected };
    const { cacheHeader } = this.parameters;
    // Where nobody says that it was a hit it was none: a header that is lost on the way is not to pass.
    const cache = answer.headers[cacheHeader.toLowerCase()] ?? '';
    return {
      expected,
      // 504: the API, NGINX or the load balancer gave up on the provider.
      llmTimedOut: answer.timedOut || answer.status === 504,
      ...(cacheHeader !== '' && expected ? { cacheHit: /\bhit\b/i.test(cache) } : {}),
    };
  }

  /** Pause before the next request, seconds: exponential, so that users are out of step from the start. */
  pauseSeconds(): number {
    return -this.parameters.thinkSeconds * Math.log(1 - Math.random());
  }

  /** After the last page, and after an answer that is no JSON, the list begins anew. */
  private turnPage(name: string, field: string, body: string): void {
    delete this.cursors[name];
    try {
      const cursor: unknown = JSON.parse(body)?.[field];
      if (typeof cursor === 'string' && cursor !== '') this.cursors[name] = cursor;
    } catch {
      // The body is judged by the API's own tests.
    }
  }
}

/** @param share from 0 to below 1 */
function byWeight(mix: readonly MixEntry[], share: number): MixEntry | undefined {
  let left = share * mix.reduce((sum, { weight }) => sum + weight, 0);
  for (const entry of mix) {
    left -= entry.weight;
    if (left < 0) return entry;
  }
  return mix[mix.length - 1];
}

const DAY_MS = 86_400_000;

/** What stands for each placeholder of a mix. */
const PLACEHOLDERS: Readonly<Record<string, () => string>> = {
  user: () => `${USER_PREFIX}${Math.floor(Math.random() * USER_COUNT)}`,
  now: () => new Date().toISOString(),
  today: () => beginOfDay(0),
  tomorrow: () => beginOfDay(1),
  week_ago: () => beginOfDay(-7),
};

function beginOfDay(daysFromNow: number): string {
  return `${new Date(Date.now() + daysFromNow * DAY_MS).toISOString().slice(0, 10)}T00:00:00Z`;
}

/** Braces around any other word stay: JSON is full of them. */
function fill(template: string): string {
  return template.replace(/\{(\w+)\}/g, (text, name: string) => PLACEHOLDERS[name]?.() ?? text);
}
