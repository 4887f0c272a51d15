import { CallError, type CallErrorKind } from './call-error';
import { connectionErrorKind } from './connection-error';
import { KEEP_ALIVE } from './keep-alive';
import { type RetryPolicy, type Waiting, withRetries } from './retry';

/** How to reach an AWS service. */
export interface AwsClientProps {
  /** @default `AWS_REGION`, or what the SDK finds */
  readonly region?: string;
  /** @default what the SDK finds: in Lambda the function's role */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** Address of the service. @default AWS's own in the region */
  readonly endpoint?: string;
  /** Certificate authority of the service, PEM. @default the public ones */
  readonly certificateAuthority?: string;
  /** @default each client's own */
  readonly retries?: Partial<RetryPolicy>;
  /** @default the real clock and chance */
  readonly waiting?: Waiting;
}

/** Longest time until a connection stands, ms. */
const CONNECT_MS = 2_000;

/** Settings that a client of the SDK is made with: bounded waits, and no retries of its own (`callAws` has them). */
export function awsClientConfig(
  { region, credentials, endpoint, certificateAuthority }: AwsClientProps,
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
      httpsAgent: { ...KEEP_ALIVE, ...(certificateAuthority && { ca: certificateAuthority }) },
    },
  };
}

/**
 * A call to AWS, tried again where that may help.
 * @param what for the message, e.g. `GetObject of state/api`
 * @param isRetried @default what passes by itself
 * @throws {CallError}
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
    // The SDK's further lines tell a programmer where to look.
    const [firstLine] = message.split('\n');
    throw new CallError(awsErrorKind(error), `${what}: ${name}: ${firstLine}`, { cause: error });
  }
}

/** Whether the same call may work a moment later. */
export function isWorthRetrying(kind: CallErrorKind): boolean {
  return kind === 'throttled' || kind === 'server' || kind === 'timeout' || kind === 'connection';
}

/** What the SDK says about an answer. */
interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** By name first: the JSON services answer 400 to almost everything. */
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

/** What an error of the SDK means. */
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
