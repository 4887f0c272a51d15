import { Pool, errors as undiciErrors } from 'undici';
import { Exchange, type ReceivedAnswer } from './exchange';
import { ProviderError, type ProviderErrorKind } from './provider';

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

/** Largest headers of an answer, bytes. Load balancers on the way add to those of the provider. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Sends requests to a provider; its errors are the gateway's. */
export class ProviderConnection {
  private readonly pool: Pool;

  constructor(private readonly props: ConnectionProps) {
    this.pool = new Pool(props.origin, {
      connections: props.maxConnections,
      pipelining: 1,
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: props.idleMs ?? IDLE_MS,
      connect: { timeout: props.connectTimeoutMs },
    });
  }

  /** @throws {ProviderError} where no answer began; what `signal` was aborted with where it was */
  post(request: ProviderRequest, signal: AbortSignal): Promise<ReceivedAnswer> {
    const { path, headers, body, silenceMs } = request;
    // Whole seconds, so that many requests share a timer; the call's own signal ends it in time.
    const headersTimeout = Math.ceil(request.firstByteMs / 1000) * 1000;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const errorOf = (error: unknown) => this.errorOf(error, signal);
      const exchange = new Exchange({ signal, errorOf, resolve, reject });
      this.pool.dispatch(
        { method: 'POST', path, headers, body, headersTimeout, bodyTimeout: silenceMs },
        exchange,
      );
    });
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  private errorOf(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    const { name } = this.props;
    const code = (error as { readonly code?: string }).code ?? '';
    const failure = (kind: ProviderErrorKind, message: string) =>
      new ProviderError(kind, message, { cause: error });
    if (CONNECT_CODES.has(code)) return failure('connect', `${name} cannot be reached (${code})`);
    if (TIMEOUT_CODES.has(code)) return failure('timeout', `${name} did not answer in time`);
    if (error instanceof undiciErrors.HTTPParserError || error instanceof undiciErrors.HeadersOverflowError) {
      return failure('malformed', `${name} did not answer in HTTP (${error.message})`);
    }
    const isConnection = error instanceof undiciErrors.UndiciError || code.startsWith('E');
    return isConnection ? failure('reset', `the connection to ${name} broke (${code})`) : error;
  }
}
