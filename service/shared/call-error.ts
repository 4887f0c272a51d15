/** Kind of failure of a call; the same kinds for AWS and Kubernetes. */
export type CallErrorKind =
  /** Authentication failed: no credentials, expired ones, or no access entry (401). */
  | 'unauthorized'
  /** The caller is authenticated but has no permission (403). */
  | 'forbidden'
  | 'not-found'
  /** Another writer changed the object in the meantime (409, 412). */
  | 'conflict'
  /** The request itself is invalid; a retry does not help (400, 422). */
  | 'invalid'
  | 'throttled'
  /** The service failed (5xx). */
  | 'server'
  | 'timeout'
  /** The connection could not be opened, or it broke. */
  | 'connection'
  /** The service's certificate does not match its host name or the given certificate authority. */
  | 'certificate'
  /** The response cannot be parsed. */
  | 'malformed-answer';

/** A call that failed after all retries. */
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
