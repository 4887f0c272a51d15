import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, Pool, errors as undiciErrors } from 'undici';
import { ProviderError } from './provider';

/** A pool of connections to one address of a provider. */
export interface ConnectionProps {
  /** Name of the provider, for messages. */
  readonly name: string;
  readonly origin: string;
  /** Most connections. */
  readonly maxConnections: number;
  /** Longest time to open a connection, ms. */
  readonly connectTimeoutMs: number;
  /** How long an idle connection stays open, ms; less than the provider's own limit. @default 60000 */
  readonly idleMs?: number;
}

/** A request with everything that the provider asks for. */
export interface ProviderRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Longest time until the answer begins, ms. */
  readonly firstByteMs: number;
  /** Longest silence of an answer that has begun, ms. */
  readonly silenceMs: number;
}

/** How long an idle connection stays open, ms. */
const IDLE_MS = 60_000;

/** Errors of a connection that never was: nothing was sent. */
const CONNECT_CODES: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
]);

const TIMEOUT_CODES: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** Sends requests to a provider; its errors are the gateway's. */
export class ProviderConnection {
  private readonly pool: Pool;

  constructor(private readonly props: ConnectionProps) {
    this.pool = new Pool(props.origin, {
      connections: props.maxConnections,
      pipelining: 1,
      keepAliveTimeout: props.idleMs ?? IDLE_MS,
      connect: { timeout: props.connectTimeoutMs },
    });
  }

  /** @throws {ProviderError} where no answer began; what `signal` was aborted with where it was */
  async post(request: ProviderRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { path, headers, body, firstByteMs, silenceMs } = request;
    const timeouts = { headersTimeout: firstByteMs, bodyTimeout: silenceMs };
    try {
      return await this.pool.request({ method: 'POST', path, headers, body, ...timeouts, signal });
    } catch (error) {
      throw this.errorOf(error, signal);
    }
  }

  /** The chunks of a body. @throws {ProviderError} where it breaks off */
  async *chunks(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw this.errorOf(error, signal);
    }
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  private errorOf(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    const { name } = this.props;
    const code = (error as { readonly code?: string }).code ?? '';
    const failure = (kind: 'connect' | 'timeout' | 'reset', message: string) =>
      new ProviderError(kind, message, { cause: error });
    if (CONNECT_CODES.has(code)) return failure('connect', `${name} cannot be reached (${code})`);
    if (TIMEOUT_CODES.has(code)) return failure('timeout', `${name} did not answer in time`);
    const isConnection = error instanceof undiciErrors.UndiciError || code.startsWith('E');
    return isConnection ? failure('reset', `the connection to ${name} broke (${code})`) : error;
  }
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
