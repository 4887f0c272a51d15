import { z } from 'zod';

/** What a program can decide by. Codes are added, never changed. */
export const PROBLEM_CODES = [
  'invalid_request',
  'invalid_query',
  'invalid_cursor',
  'invalid_record',
  'invalid_change',
  'period_too_long',
  'not_json',
  'unsupported_media_type',
  'body_too_large',
  'headers_too_large',
  'too_many_records',
  'unauthenticated',
  'forbidden',
  'cross_site',
  'login_failed',
  'login_refused',
  'identity_provider_unavailable',
  'no_project',
  'project_not_visible',
  'not_found',
  'method_not_allowed',
  'conflict',
  'id_conflict',
  'idempotency_key_reused',
  'rate_limited',
  'request_timeout',
  'overloaded',
  'database_unavailable',
  'not_ready',
  'internal_error',
] as const;

/** A code of a problem. */
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Media type of problem details (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** A wrong place of a request. */
const issueSchema = z.object({
  path: z.string().describe('Place in the body or the query, such as `tokens.input`'),
  message: z.string(),
});

export const problemSchema = z
  .object({
    type: z.string().describe('`about:blank`: the status and the code say it all'),
    title: z.string().describe('Name of the status'),
    status: z.int(),
    code: z.enum(PROBLEM_CODES),
    detail: z.string().describe('What is wrong, and the remedy'),
    instance: z.string().describe('Id of the request, as in the header `x-request-id`'),
    errors: z.array(issueSchema).optional(),
  })
  .meta({ id: 'Problem' });

/** Problem details as answers carry them. */
export type Problem = z.output<typeof problemSchema>;

/** One wrong place of a request. */
export type ProblemIssue = z.output<typeof issueSchema>;

export interface ProblemProps {
  readonly status: number;
  readonly code: ProblemCode;
  /** What is wrong, and the remedy; never an internal detail. */
  readonly detail: string;
  /** Wrong places of the request. @default - none */
  readonly issues?: readonly ProblemIssue[];
  /** When the caller may try again, seconds. @default - no header `Retry-After` */
  readonly retryAfterSeconds?: number;
}

/** An answer other than success that a route or a plugin decides on. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(readonly problem: ProblemProps) {
    super(problem.detail);
  }
}
