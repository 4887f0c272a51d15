import { type Dispatcher, Pool, errors as undiciErrors } from 'undici';
import { ProviderError } from '../provider';

/** A pool of connections to Bedrock's endpoint. */
export interface ConnectionProps {
  /** Name of the provider, for messages. */
  readonly name: string;
  readonly origin: string;
  /** Most connections. */
  readonly maxConnections: number;
  /** Longest time to open a connection, ms. */
  readonly connectTimeoutMs: number;
}

/** A request that is signed. */
export interface SignedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Longest time until the answer begins, ms. */
  readonly firstByteMs: number;
  /** Longest silence of an answer that has begun, ms. */
  readonly silenceMs: number;
}

/** How long an idle connection stays open, ms: less than AWS's own limit, so that it is not closed under a call. */
const IDLE_MS = 20_000;

/** Errors of a connection that never was: nothing was sent. */
const CONNECT_CODES: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
]);

const TIMEOUT_CODES: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** Sends requests to Bedrock; its errors are the gateway's. */
export class BedrockConnection {
  private readonly pool: Pool;

  constructor(private readonly props: ConnectionProps) {
    this.pool = new Pool(props.origin, {
      connections: props.maxConnections,
      pipelining: 1,
      keepAliveTimeout: IDLE_MS,
      connect: { timeout: props.connectTimeoutMs },
    });
  }

  /** @throws {ProviderError} where no answer began; what `signal` was aborted with where it was */
  async post(request: SignedRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { path, headers, body, firstByteMs, silenceMs } = request;
    const timeouts = { headersTimeout: firstByteMs, bodyTimeout: silenceMs };
    return this.guarded(signal, () =>
      this.pool.request({ method: 'POST', path, headers, body, ...timeouts, signal }),
    );
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

  private async guarded<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.errorOf(error, signal);
    }
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
