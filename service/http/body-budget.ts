import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { ProblemError } from './problem';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bodies up to this size count with their `content-length`, bytes: a slow sender cannot keep much with one. */
const SMALL_BYTES = 16 * KIB;

/** When a caller may try again, seconds; a body is stored or refused much sooner. */
const RETRY_SECONDS = 1;

export interface BodyBudgetProps {
  /** Most bytes of all bodies together, after decompression. @default 60 MiB */
  readonly maxBytes?: number;
  /** Is told of each body that is refused. */
  readonly onRefused: () => void;
}

/** A body as Fastify reads it. */
export interface Body extends Readable {
  /** Bytes before decompression, which Fastify compares with `content-length`. @default - not compressed */
  readonly receivedEncodedLength?: number;
  /** Headers of the request; streams after the request itself have none. @default - none */
  readonly headers?: IncomingHttpHeaders;
}

/**
 * Bounds the bytes of the bodies that a process holds at the same time. A body takes about four times its size while it
 * is read, parsed and stored. Received bytes of a large body count, not its `content-length`: a slow sender would
 * otherwise keep memory from the others that it does not use.
 */
export class BodyBudget {
  private readonly maxBytes: number;
  private held = 0;

  constructor(private readonly props: BodyBudgetProps) {
    this.maxBytes = props.maxBytes ?? 60 * MIB;
  }

  /** Bytes of the bodies under way. */
  get heldBytes(): number {
    return this.held;
  }

  /**
   * Passes a body through and counts it until its call has ended: with an answer, an error or a lost connection.
   * @returns the body; it fails with `overloaded`, status 503, above the bound
   * @throws ProblemError `overloaded` for a small body above the bound
   */
  count(body: Body, response: ServerResponse): Body {
    const declared = declaredBytes(body);
    if (declared === undefined || declared > SMALL_BYTES) return this.countReceived(body, response);
    if (this.held + declared > this.maxBytes) throw this.refuse();
    this.held += declared;
    response.once('close', () => {
      this.held -= declared;
    });
    return body;
  }

  private countReceived(body: Body, response: ServerResponse): Body {
    let own = 0;
    let ended = false;
    const release = () => {
      this.held -= own;
      own = 0;
      ended = true;
    };
    const counted = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        if (this.held + chunk.length > this.maxBytes) {
          release();
          done(this.refuse());
          return;
        }
        if (!ended) {
          own += chunk.length;
          this.held += chunk.length;
        }
        done(null, chunk);
      },
    });
    response.once('close', release);
    body.once('error', (error) => counted.destroy(error));
    // The rest of a refused body is read and dropped, so that its sender gets the answer.
    counted.once('error', () => {
      body.unpipe(counted);
      body.resume();
    });
    Object.defineProperty(counted, 'receivedEncodedLength', { get: () => body.receivedEncodedLength });
    return body.pipe(counted);
  }

  private refuse(): ProblemError {
    this.props.onRefused();
    return overloaded();
  }
}

/** Size of a body that is not compressed, bytes; Node refuses one that is longer than it says. */
function declaredBytes({ headers = {} }: Body): number | undefined {
  const { 'content-encoding': encoding = 'identity', 'content-length': length } = headers;
  return encoding === 'identity' && length !== undefined ? Number(length) : undefined;
}

function overloaded(): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'overloaded',
    detail:
      'The server holds too many bodies at the moment. Send the request again after the time in Retry-After.',
    retryAfterSeconds: RETRY_SECONDS,
  });
}
