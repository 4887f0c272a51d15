import { type RetryPolicy, type Waiting, withRetries } from '../../shared/retry';
import { OidcUnavailableError } from './oidc-error';

/** Largest answer of a provider, bytes: discovery documents and key sets have some kilobytes. */
const MOST_BYTES = 256 * 1024;

/** Three attempts within the time that a person waits for a page. */
const RETRIES: RetryPolicy = {
  attempts: 3,
  attemptMs: 3000,
  deadlineMs: 8000,
  baseDelayMs: 200,
  maxDelayMs: 1000,
};

/** Codes of errors before a request was sent, so that it can be sent again whatever it asks for. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** An answer whose body has been read. */
export interface BoundedAnswer {
  readonly status: number;
  readonly text: string;
}

export interface FetchBoundedProps {
  readonly url: string;
  /** @default - a GET */
  readonly post?: { readonly headers: Readonly<Record<string, string>>; readonly body: string };
  /** @default - the real clock */
  readonly waiting?: Waiting;
}

/**
 * Asks a provider. A GET is repeated after a lost connection and after 429 or a server error; a POST only where it was not
 * taken: a code can be exchanged once. Redirects are not followed.
 * @throws OidcUnavailableError where there is no answer, or too long a one
 */
export async function fetchBounded({ url, post, waiting }: FetchBoundedProps): Promise<BoundedAnswer> {
  const init: RequestInit = { redirect: 'error', ...(post && { method: 'POST', ...post }) };
  const attempt = async (signal: AbortSignal): Promise<BoundedAnswer> => {
    const answer = await fetch(url, { ...init, signal });
    const text = await readBounded(answer);
    if (answer.status === 429 || answer.status >= 500) throw new BusyError(answer.status);
    return { status: answer.status, text };
  };
  const judge = (error: unknown) => ({ retry: post === undefined || wasNotTaken(error) });
  try {
    return await withRetries(attempt, judge, RETRIES, waiting);
  } catch (cause) {
    throw new OidcUnavailableError(`${new URL(url).origin} does not answer as it should`, { cause });
  }
}

/** The provider answers with 429 or a server error. */
class BusyError extends Error {
  override readonly name = 'BusyError';

  constructor(readonly status: number) {
    super(`the provider answers ${status}`);
  }
}

function wasNotTaken(error: unknown): boolean {
  if (error instanceof BusyError) return error.status === 429 || error.status === 503;
  const cause = error instanceof TypeError ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return NOT_SENT.has(code);
}

async function readBounded({ body }: Response): Promise<string> {
  if (body === null) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new Error(`an answer of more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
