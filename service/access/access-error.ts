/** Why a change of keys, projects or sessions is refused; the HTTP server gives each code a status. */
export type AccessErrorCode =
  /** There is no such key, project or user, or not for this principal. */
  | 'not_found'
  /** The name is taken, or the key has ended already. */
  | 'conflict'
  /** A field of the change is wrong. */
  | 'invalid_change'
  /** The principal may not do this. */
  | 'forbidden';

/** A refusal that the caller can act on; `message` names the value, the range and the remedy. */
export class AccessError extends Error {
  override readonly name = 'AccessError';

  constructor(
    /** What a program can decide by. */
    readonly code: AccessErrorCode,
    message: string,
  ) {
    super(message);
  }
}
