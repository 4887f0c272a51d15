import { AccessError, type AccessErrorCode } from '../access/access-error';
import { LoginError, type LoginErrorCode, OidcUnavailableError } from '../access/oidc/oidc-error';
import { DatabaseUnavailableError, isConnectionLost } from '../database/database-errors';
import { sqlState } from '../database/transient';
import { RequestError, type RequestErrorCode } from '../requests/errors';
import { QueueFullError } from '../requests/write/group-commit';
import { ProfileInProgressError } from '../telemetry/profiler';
import type { ErrorContext } from './error-context';
import { type ProblemCode, ProblemError, type ProblemIssue, type ProblemProps } from './problem';

/** When a caller may try again after a failure of the database, seconds. */
const DATABASE_RETRY_SECONDS = 2;

const REQUEST_STATUS: Record<RequestErrorCode, number> = {
  not_found: 404,
  project_not_visible: 403,
  no_project: 403,
  too_many_records: 413,
  idempotency_key_reused: 422,
  id_conflict: 409,
  invalid_record: 422,
  invalid_query: 400,
  invalid_cursor: 400,
  period_too_long: 400,
};

const ACCESS_STATUS: Record<AccessErrorCode, number> = {
  not_found: 404,
  conflict: 409,
  invalid_change: 422,
  forbidden: 403,
};

const LOGIN_STATUS: Record<LoginErrorCode, number> = { login_failed: 400, login_refused: 403 };

/** When a person may try again after a failure of the identity provider, seconds. */
const PROVIDER_RETRY_SECONDS = 5;

/** Codes of what Fastify itself refuses, by status. */
const FRAMEWORK_CODES: Readonly<Record<number, ProblemCode>> = {
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  431: 'headers_too_large',
};

/** Codes of what Fastify itself refuses, by its own code; the others are known by their status. */
const FRAMEWORK_ERRORS: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'not_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'not_json',
};

/** SQLSTATE of a statement that was cancelled, also by the time limit for statements. */
const QUERY_CANCELED = '57014';

/** SQLSTATE classes of a server that is busy, restarting, full or gone. */
const UNAVAILABLE_STATES = /^(08|53|57|58|40|55P03|25006)/;

/** SQLSTATE class of values that PostgreSQL cannot store. */
const VALUE_STATES = /^22/;

/** The answer to any error. Unknown errors are the service's own fault, and say nothing about it. */
export function classifyError(error: unknown, context: ErrorContext = {}): ProblemProps {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof RequestError) {
    return { status: REQUEST_STATUS[error.code] ?? 400, code: error.code, detail: error.message };
  }
  if (error instanceof AccessError) {
    return { status: ACCESS_STATUS[error.code], code: error.code, detail: error.message };
  }
  if (error instanceof LoginError || error instanceof OidcUnavailableError) return classifyLoginError(error);
  if (error instanceof ProfileInProgressError)
    return { status: 409, code: 'conflict', detail: error.message };
  if (context.readsPeriod && isObject(error) && sqlState(error) === QUERY_CANCELED) return SLOW_QUESTION;
  return classifyDatabaseError(error) ?? classifyFrameworkError(error, context) ?? INTERNAL_ERROR;
}

function classifyLoginError(error: LoginError | OidcUnavailableError): ProblemProps {
  if (error instanceof LoginError) {
    const detail = `${error.message} Begin again with GET /api/v1/session/oidc.`;
    return { status: LOGIN_STATUS[error.code], code: error.code, detail };
  }
  return {
    status: 503,
    code: 'identity_provider_unavailable',
    detail: 'The identity provider does not answer as it should. Try again after the time in Retry-After.',
    retryAfterSeconds: PROVIDER_RETRY_SECONDS,
  };
}

const INTERNAL_ERROR: ProblemProps = {
  status: 500,
  code: 'internal_error',
  detail: 'The service failed. Report the id of the request, `instance`, to the operators.',
};

const SLOW_QUESTION: ProblemProps = {
  status: 400,
  code: 'period_too_long',
  detail:
    'The database needs too long for this question. Shorten the period with from and to, or filter by user or project.',
};

function classifyDatabaseError(error: unknown): ProblemProps | undefined {
  const state = sqlState(error);
  if (state !== undefined && VALUE_STATES.test(state)) {
    return {
      status: 400,
      code: 'invalid_request',
      detail:
        'A value of the request cannot be stored, such as text with a NUL character or a number out of range.',
    };
  }
  const unavailable =
    error instanceof DatabaseUnavailableError ||
    error instanceof QueueFullError ||
    (state !== undefined && UNAVAILABLE_STATES.test(state)) ||
    (isObject(error) && isDriverError(error) && isConnectionLost(error));
  if (!unavailable) return undefined;
  return {
    status: 503,
    code: 'database_unavailable',
    detail: 'The database does not answer in time. Send the request again after the time in Retry-After.',
    retryAfterSeconds: DATABASE_RETRY_SECONDS,
  };
}

/** Errors of sockets and of the client library; errors of Fastify have codes, too, which begin with FST_. */
function isDriverError(error: object): boolean {
  const { code, statusCode } = error as FrameworkError;
  return statusCode === undefined && (code === undefined || /^E[A-Z]+$|^[0-9A-Z]{5}$/.test(code));
}

interface FrameworkError {
  readonly code?: string;
  readonly statusCode?: number;
  readonly message?: string;
  readonly validation?: readonly { readonly instancePath?: string; readonly message?: string }[];
}

function classifyFrameworkError(error: unknown, context: ErrorContext): ProblemProps | undefined {
  if (!isObject(error)) return undefined;
  const { code = '', statusCode = 500, message = '', validation } = error as FrameworkError;
  if (validation !== undefined) {
    const issues = validation.map(toIssue);
    const [first] = issues;
    const detail =
      first === undefined ? 'The request is not valid.' : `${first.path || 'request'}: ${first.message}`;
    return { status: 400, code: 'invalid_request', detail, issues };
  }
  if (error instanceof SyntaxError) {
    return { status: 400, code: 'not_json', detail: `The body is not JSON: ${message}` };
  }
  if (statusCode < 400 || statusCode >= 500) return undefined;
  const problemCode = FRAMEWORK_ERRORS[code] ?? FRAMEWORK_CODES[statusCode] ?? 'invalid_request';
  return { status: statusCode, code: problemCode, detail: frameworkDetail(code, context) ?? message };
}

const MEBIBYTE = 1024 * 1024;

/** What Fastify's own sentence does not say: the limit, or the type that is read. */
function frameworkDetail(code: string, { maxBodyBytes, contentType }: ErrorContext): string | undefined {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' && maxBodyBytes !== undefined) {
    return `The body is larger than the ${+(maxBodyBytes / MEBIBYTE).toFixed(2)} MiB that this route takes. Send less.`;
  }
  if (code !== 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return undefined;
  const given = contentType === undefined ? 'none' : `'${contentType.slice(0, 100)}'`;
  return `This route does not read bodies of the type that was given: ${given}. Send JSON with the header 'content-type: application/json'.`;
}

function toIssue({
  instancePath = '',
  message = 'is not valid',
}: {
  instancePath?: string;
  message?: string;
}): ProblemIssue {
  return { path: instancePath.split('/').filter(Boolean).join('.'), message };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
