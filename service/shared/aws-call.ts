import type { AgentOptions } from 'node:https';
import { CallError, type CallErrorKind } from './call-error';
import { connectionErrorKind } from './connection-error';
import { KEEP_ALIVE } from './keep-alive';
import { type RetryPolicy, type Waiting, withRetries } from './retry';

/** Connection to an AWS service; the defaults are those of a Lambda function. */
export interface AwsClientProps {
  /** AWS region of the service. @default - `AWS_REGION`, or the SDK's own lookup */
  readonly region?: string;
  /** AWS credentials. @default - the SDK's own lookup: in Lambda the function's role */
  readonly credentials?: {
    /** Id of the access key. */
    readonly accessKeyId: string;
    /** Secret of the access key. */
    readonly secretAccessKey: string;
    /** Token of temporary credentials. @default - none: long-term credentials */
    readonly sessionToken?: string;
  };
  /** URL of the service. @default - AWS's own in the region */
  readonly endpoint?: string;
  /** Certificate authority of the service, PEM. @default - the public ones */
  readonly certificateAuthority?: string;
  /** Options of the HTTPS agent, such as sizes of its pool. @default KEEP_ALIVE */
  readonly agent?: AgentOptions;
  /** Retry settings that differ from the client's. @default - those of each client */
  readonly retries?: Partial<RetryPolicy>;
  /** Clock, sleep and randomness of retries. @default REAL_WAITING */
  readonly waiting?: Waiting;
}

/** Timeout for opening a connection, ms. */
const CONNECT_MS = 2_000;

/** Settings of an SDK client: bounded waits, and no retries, because `callAws` retries. */
export function awsClientConfig(
  { region, credentials, endpoint, certificateAuthority, agent }: AwsClientProps,
  { attemptMs }: RetryPolicy,
) {
  return {
    ...(region !== undefined && { region }),
    ...(credentials && { credentials }),
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: attemptMs,
      httpsAgent: { ...KEEP_ALIVE, ...agent, ...(certificateAuthority && { ca: certificateAuthority }) },
    },
  };
}

/**
 * Calls AWS, with retries.
 * @param what description for error messages, e.g. `GetObject of state/api`
 * @param isRetried whether to retry an error. @default isWorthRetrying: transient errors
 * @throws {CallError} after the last attempt
 */
export async function callAws<T>(
  what: string,
  attempt: (signal: AbortSignal) => Promise<T>,
  policy: RetryPolicy,
  waiting?: Waiting,
  isRetried: (kind: CallErrorKind) => boolean = isWorthRetrying,
): Promise<T> {
  const judge = (error: unknown) => ({ retry: isRetried(awsErrorKind(error)) });
  try {
    return await withRetries(attempt, judge, policy, waiting);
  } catch (error) {
    const { name, message } = error as Error;
    // Further lines are hints of the SDK for programmers.
    const [firstLine] = message.split('\n');
    throw new CallError(awsErrorKind(error), `${what}: ${name}: ${firstLine}`, { cause: error });
  }
}

/** Whether the error is transient, so that the same call may succeed later. */
export function isWorthRetrying(kind: CallErrorKind): boolean {
  return kind === 'throttled' || kind === 'server' || kind === 'timeout' || kind === 'connection';
}

/** Error of the SDK with the HTTP response. */
interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** Error kinds by the SDK's error name, checked before the status: JSON services answer 400 to most errors. */
const KINDS_OF_NAMES: readonly (readonly [names: RegExp, kind: CallErrorKind])[] = [
  [/Throttl|TooManyRequests|SlowDown|LimitExceeded|RequestLimit/, 'throttled'],
  [/^(AccessDenied|Forbidden|NotAuthorized|Unauthorized)/, 'forbidden'],
  [
    /Credential|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|Signature|MissingAuthentication|InvalidAccessKeyId|RequestExpired|RequestTimeTooSkewed/,
    'unauthorized',
  ],
  [/NotFound|NoSuch/, 'not-found'],
  [/^(PreconditionFailed|Conflict)/, 'conflict'],
  [/^(InternalServer|InternalFailure|InternalError|InternalService|ServiceUnavailable)/, 'server'],
];

const KINDS_OF_STATUS: Readonly<Record<number, CallErrorKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  408: 'timeout',
  409: 'conflict',
  412: 'conflict',
  429: 'throttled',
};

/** Classifies an error of the SDK. */
export function awsErrorKind(error: unknown): CallErrorKind {
  if (error instanceof CallError) return error.kind;
  const network = connectionErrorKind(error);
  if (network) return network;
  const { name, $metadata, $response } = error as ServiceError;
  const named = KINDS_OF_NAMES.find(([names]) => names.test(name))?.[1];
  if (named) return named;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode ?? 0;
  if (status >= 500) return 'server';
  if (status >= 400) return KINDS_OF_STATUS[status] ?? 'invalid';
  return 'malformed-answer';
}
