import type { MixEntry } from './mix-entry.ts';
import type { Parameters } from './parameters.ts';
import { type Template, template } from './template.ts';

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
    const { baseUrl, mix, timeoutMs } = this.parameters;
    const entry = this.order === 'in-turn' ? mix[iteration % mix.length] : byWeight(mix, Math.random());
    const { name, cursor } = entry as MixEntry;
    const { path, body, headers, separator } = draftOf(entry as MixEntry, this.parameters);
    const page = this.cursors[name];
    return {
      entry: entry as MixEntry,
      url: `${baseUrl}${path()}${page ? `${separator}cursor=${encodeURIComponent(page)}` : ''}`,
      headers,
      body: body === null ? null : body(),
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

/** What requests of an entry have in common. */
interface Draft {
  readonly path: Template;
  readonly body: Template | null;
  readonly headers: Readonly<Record<string, string>>;
  /** What goes before another parameter of the path. */
  readonly separator: string;
}

/** Drafts by their entry: thousands of virtual users share them. */
const drafts = new Map<MixEntry, Draft>();

function draftOf(entry: MixEntry, { apiToken }: Parameters): Draft {
  const known = drafts.get(entry);
  if (known !== undefined) return known;
  const { method, path, body } = entry;
  const draft = {
    path: template(path),
    body: method === 'GET' || body === undefined ? null : template(JSON.stringify(body)),
    headers: {
      Accept: 'application/json',
      'X-Load-Test': 'true',
      ...(apiToken === '' ? {} : { Authorization: `Bearer ${apiToken}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    separator: path.includes('?') ? '&' : '?',
  };
  drafts.set(entry, draft);
  return draft;
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
