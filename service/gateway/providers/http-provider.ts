import type { IncomingHttpHeaders } from 'node:http';
import { Pool, errors as undiciErrors } from 'undici';
import type { FormatName } from '../formats/call-format';
import { type Provider, type ProviderAnswer, type ProviderCall, ProviderError } from './provider';
import type { ProviderKeys } from './provider-keys';

/** Wire format family of a provider that is called with its own key. */
export type HttpProviderType = 'openai' | 'anthropic';

export interface HttpProviderProps {
  readonly name: string;
  readonly type: HttpProviderType;
  /** Address as the provider's own clients take it: `https://api.openai.com/v1`, `https://api.anthropic.com`. */
  readonly baseUrl: string;
  readonly keys: ProviderKeys;
  /** Most connections. */
  readonly maxConnections: number;
  /** Longest time to open a connection, ms. */
  readonly connectTimeoutMs: number;
}

/** How long an idle connection stays open, ms. */
const IDLE_MS = 60_000;

/** Version of Anthropic's API for callers that name none; the only one there has been since 2023. */
const ANTHROPIC_VERSION = '2023-06-01';

const FORMATS: Readonly<Record<HttpProviderType, ReadonlySet<FormatName>>> = {
  openai: new Set(['openai-chat', 'openai-responses', 'openai-embeddings']),
  anthropic: new Set(['anthropic-messages']),
};

/** What the provider's own clients add to the base URL before the path of a format. */
const VERSION_PATHS: Readonly<Record<HttpProviderType, string>> = { openai: '', anthropic: '/v1' };

/** Errors of a connection that never was: nothing was sent. */
const CONNECT_CODES: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
]);

const TIMEOUT_CODES: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** A provider that speaks OpenAI's or Anthropic's API itself: bodies go through as they are. */
export class HttpProvider implements Provider {
  readonly name: string;
  readonly countsTokens: boolean;
  private readonly pool: Pool;
  private readonly basePath: string;

  constructor(private readonly props: HttpProviderProps) {
    const { origin, pathname } = new URL(props.baseUrl);
    this.name = props.name;
    this.countsTokens = props.type === 'anthropic';
    this.basePath = pathname.replace(/\/$/, '') + VERSION_PATHS[props.type];
    this.pool = new Pool(origin, {
      connections: props.maxConnections,
      pipelining: 1,
      keepAliveTimeout: IDLE_MS,
      connect: { timeout: props.connectTimeoutMs },
    });
  }

  speaks(format: FormatName): boolean {
    return FORMATS[this.props.type].has(format);
  }

  async send(call: ProviderCall, signal: AbortSignal): Promise<ProviderAnswer> {
    const key = await this.props.keys.keyFor(this.name, call.projectId);
    const { format, body, bytes, model, stream } = call;
    const includeUsage = stream && !format.asksForUsage(body);
    try {
      const answer = await this.pool.request({
        method: 'POST',
        path: this.basePath + format.path,
        headers: { ...call.headers, ...this.headersOf(call, key) },
        body: format.upstreamBody(bytes, body, { model, includeUsage }),
        headersTimeout: call.firstByteMs,
        bodyTimeout: call.silenceMs,
        signal,
      });
      const headers = flatHeaders(answer.headers);
      return {
        status: answer.statusCode,
        headers,
        isStream: headers['content-type']?.startsWith('text/event-stream') ?? false,
        body: readBody(answer.body, this.name, signal),
        cancel: () => answer.body.on('error', ignore).destroy(),
      };
    } catch (error) {
      throw toProviderError(error, this.name, signal);
    }
  }

  renewKeys(): Promise<boolean> {
    return this.props.keys.renew();
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  private headersOf({ stream, idempotencyKey }: ProviderCall, key: string | null): Record<string, string> {
    const shared = {
      'content-type': 'application/json',
      accept: stream ? 'text/event-stream' : 'application/json',
      'user-agent': 'llm-cost-ops',
      'idempotency-key': idempotencyKey,
    };
    // Without a key the provider itself says what is missing; a server of one's own may need none.
    if (this.props.type === 'openai') {
      return key === null ? shared : { ...shared, authorization: `Bearer ${key}` };
    }
    const version = { 'anthropic-version': ANTHROPIC_VERSION };
    return key === null ? { ...version, ...shared } : { ...version, ...shared, 'x-api-key': key };
  }
}

function ignore(): void {
  // A cancelled answer fails for its reader, and nobody reads it.
}

/** Headers with several values keep the last: those that are passed on have one. */
export function flatHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : (value.at(-1) ?? '');
  }
  return flat;
}

async function* readBody(
  body: AsyncIterable<Uint8Array>,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw toProviderError(error, name, signal);
  }
}

/** An error of a connection as the gateway knows it. The caller's own end stays what it is. */
export function toProviderError(error: unknown, name: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ProviderError) return error;
  const code = (error as { readonly code?: string }).code ?? '';
  if (CONNECT_CODES.has(code))
    return new ProviderError('connect', `${name} cannot be reached (${code})`, { cause: error });
  if (TIMEOUT_CODES.has(code))
    return new ProviderError('timeout', `${name} did not answer in time`, { cause: error });
  const isConnection = error instanceof undiciErrors.UndiciError || code.startsWith('E');
  return isConnection
    ? new ProviderError('reset', `the connection to ${name} broke (${code})`, { cause: error })
    : error;
}
