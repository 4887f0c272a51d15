/** How a call to another system ends badly; the same kinds for AWS and for Kubernetes. */
export type CallErrorKind =
  /** Nobody knows the caller: no credentials, expired ones, or no access entry (401). */
  | 'unauthorized'
  /** The caller is known and may not (403). */
  | 'forbidden'
  | 'not-found'
  /** Somebody else changed the thing in between (409, 412). */
  | 'conflict'
  /** Refused as it is: asking again changes nothing (400, 422). */
  | 'invalid'
  | 'throttled'
  /** The other side failed (5xx). */
  | 'server'
  | 'timeout'
  /** No connection, or it broke. */
  | 'connection'
  /** The other side is not who it should be, or its authority is not the one that was given. */
  | 'certificate'
  /** An answer that cannot be read. */
  | 'malformed-answer';

/** A call that failed for good, that is after its retries. */
export class CallError extends Error {
  override readonly name: string = 'CallError';

  constructor(
    readonly kind: CallErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
