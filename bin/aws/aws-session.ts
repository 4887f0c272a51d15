import { setTimeout as delay } from 'node:timers/promises';
import {
  type AwsClientProps,
  awsClientConfig,
  awsErrorKind,
  callAws,
  isWorthRetrying,
} from '../../service/shared/aws-call';
import { REAL_WAITING, type RetryPolicy, type Waiting } from '../../service/shared/retry';
import { type AttemptedCall, awsProblem } from './aws-problem';

/** Credentials as the SDK's lookup finds them. */
export interface AwsCredentials {
  /** Id of the access key. */
  readonly accessKeyId: string;
  /** Secret of the access key. */
  readonly secretAccessKey: string;
  /** Token of temporary credentials. @default - none: long-term credentials */
  readonly sessionToken?: string;
  /** When temporary credentials expire. @default - never */
  readonly expiration?: Date;
}

export interface AwsSessionProps {
  /** Connection settings of every client but the region. @default - as the SDK finds them, `AWS_ENDPOINT_URL` included */
  readonly client?: Omit<AwsClientProps, 'region' | 'retries' | 'waiting'>;
  /** Retry settings that differ from the default. @default - 5 attempts of at most 20 s, 60 s in all */
  readonly retries?: Partial<RetryPolicy>;
  /** Clock, sleep and randomness of retries. @default REAL_WAITING */
  readonly waiting?: Waiting;
  /** Ends calls and the waits between their attempts. @default - calls end by their time-outs only */
  readonly signal?: AbortSignal;
}

/** Settings with which every client is made. */
export type ClientSettings = ReturnType<typeof awsClientConfig>;

/** A client of the SDK, as far as a session uses it. */
interface SdkClient {
  readonly destroy: () => void;
  readonly config: object;
}

/** A class of clients of the SDK, such as CloudFormationClient. */
export type ClientType<C extends SdkClient> = new (settings: ClientSettings) => C;

/** CloudFormation throttles an account for seconds, so the waits are longer than those of a server. */
const RETRIES: RetryPolicy = {
  attempts: 5,
  attemptMs: 20_000,
  deadlineMs: 60_000,
  baseDelayMs: 500,
  maxDelayMs: 8_000,
};

/**
 * The one place where commands make clients of AWS. A client is made once for a service and a region. Every call has a
 * time-out and bounded retries, and fails with an `AwsProblem`.
 */
export class AwsSession {
  private readonly clients = new Map<ClientType<never>, Map<string, SdkClient>>();
  private readonly retries: RetryPolicy;

  constructor(private readonly props: AwsSessionProps = {}) {
    this.retries = { ...RETRIES, ...props.retries };
  }

  /** The client of a service in a region; `call` is the way to use it. */
  client<C extends SdkClient>(type: ClientType<C>, region: string): C {
    const key = type as unknown as ClientType<never>;
    const regions = this.clients.get(key) ?? new Map<string, SdkClient>();
    this.clients.set(key, regions);
    const found = regions.get(region);
    if (found) return found as C;
    const made = new type(awsClientConfig({ ...this.props.client, region }, this.retries));
    regions.set(region, made);
    return made;
  }

  /**
   * Sends a request, with retries of transient errors.
   * @param send passes the signal on: `client.send(new DescribeStacksCommand({}), { abortSignal: signal })`
   * @throws {AwsProblem} after the last attempt; the reason of the session's signal once that is aborted
   */
  async call<C extends SdkClient, T>(
    type: ClientType<C>,
    call: AttemptedCall,
    send: (client: C, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { signal } = this.props;
    const client = this.client(type, call.region);
    const attempt = (timeout: AbortSignal) => {
      signal?.throwIfAborted();
      return send(client, signal ? AbortSignal.any([signal, timeout]) : timeout);
    };
    try {
      return await callAws(
        call.action,
        attempt,
        this.retries,
        this.waiting(),
        (kind) => signal?.aborted !== true && isWorthRetrying(kind),
      );
    } catch (error) {
      signal?.throwIfAborted();
      const { cause = error } = error as Error;
      throw awsProblem(call, awsErrorKind(error), cause);
    }
  }

  /** The credentials with which a client of the type signs, for requests that the SDK does not make. */
  async credentials<C extends SdkClient>(type: ClientType<C>, region: string): Promise<AwsCredentials> {
    const { credentials } = this.client(type, region).config as {
      readonly credentials: () => Promise<AwsCredentials>;
    };
    try {
      return await credentials();
    } catch (error) {
      throw awsProblem({ action: 'credentials', region }, 'unauthorized', error);
    }
  }

  /** Closes the connections of all clients. */
  close(): void {
    for (const regions of this.clients.values()) for (const client of regions.values()) client.destroy();
    this.clients.clear();
  }

  private waiting(): Waiting {
    const { waiting, signal } = this.props;
    if (waiting || !signal) return waiting ?? REAL_WAITING;
    return { ...REAL_WAITING, sleep: (milliseconds) => delay(milliseconds, undefined, { signal }) };
  }
}
