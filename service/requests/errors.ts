/** Why the service refuses a write or a question; the HTTP server gives each code a status. */
export type RequestErrorCode =
  /** The request does not exist, or not in the projects that the key sees. */
  | 'not_found'
  /** The project is not the key's own. */
  | 'project_not_visible'
  /** The key belongs to no project, so it stores no records. */
  | 'no_project'
  /** The batch has more records than one call may have. */
  | 'too_many_records'
  /** The idempotency key came with another body before. */
  | 'idempotency_key_reused'
  /** The record contradicts what is stored under its id. */
  | 'id_conflict'
  /** The record is wrong in itself. */
  | 'invalid_record'
  /** A parameter of a question is wrong. */
  | 'invalid_query'
  /** The cursor is damaged or belongs to another question. */
  | 'invalid_cursor'
  /** The period is longer than the question allows. */
  | 'period_too_long';

/** A refusal that the caller can act on; `message` names the value, the range and the remedy. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  constructor(
    /** What a program can decide by. */
    readonly code: RequestErrorCode,
    message: string,
  ) {
    super(message);
  }
}
