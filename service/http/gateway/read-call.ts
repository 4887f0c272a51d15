import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CacheWish, GatewayCall } from '../../gateway/call';
import { CallRefused } from '../../gateway/call';
import { type CallFormat, InvalidCallError } from '../../gateway/formats/call-format';
import type { KnownBodies } from '../../gateway/known-bodies';
import { tagsSchema } from '../../requests/record';
import { newRecordId } from '../../requests/record/record-id';

/** Header that names the user of a call, and the one with its tags: `team=search,feature=chat`. */
export const USER_HEADER = 'x-llm-user';
export const TAGS_HEADER = 'x-llm-tags';

/** Headers of the caller that providers understand and that belong to the call, not to an account. */
const PROVIDER_HEADERS = ['anthropic-version', 'anthropic-beta', 'openai-beta', 'idempotency-key'];

/** Longest header that is passed on, characters. */
const MAX_HEADER = 1024;

/**
 * Makes a call of a request.
 * @throws InvalidCallError for a request without a body, or with another one than a JSON object
 * @throws CallRefused for tags that no record may have
 */
export function readCall(
  format: CallFormat,
  {
    request,
    reply,
    now,
    bodies,
  }: {
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
    readonly now: Date;
    readonly bodies: Pick<KnownBodies, 'read'>;
  },
): GatewayCall {
  const { body: bytes } = request as { readonly body?: Buffer | null };
  // No parser is asked where nothing was sent.
  if (bytes == null) throw new InvalidCallError('The request must have a body of JSON; it has none.');
  const read = bodies.read(format, String(request.principal.projectId), bytes);
  const left = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.abort(new Error('the caller left'));
  });
  return {
    ...{ format, read, bytes, body: read.json, caller: request.caller, requestId: request.id },
    id: newRecordId(now),
    user: textHeader(request, USER_HEADER) ?? null,
    tags: tagsOf(request),
    cacheWish: cacheWishOf(request),
    headers: providerHeaders(request),
    left: left.signal,
    onWait: () => request.work?.end(),
    startMs: performance.now(),
  };
}

function textHeader({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' && value.length <= MAX_HEADER ? value : undefined;
}

function providerHeaders(request: FastifyRequest): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of PROVIDER_HEADERS) {
    const value = textHeader(request, name);
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

function cacheWishOf({ headers }: FastifyRequest): CacheWish {
  const wish = headers['cache-control'];
  if (wish === undefined) return 'default';
  if (/\bno-store\b/i.test(wish)) return 'no-store';
  return /\bno-cache\b/i.test(wish) ? 'no-cache' : 'default';
}

const NO_TAGS = {};

function tagsOf(request: FastifyRequest): Record<string, string> {
  const text = request.headers[TAGS_HEADER];
  if (typeof text !== 'string' || text === '') return NO_TAGS;
  const pairs = text.split(',').map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [name.trim(), value.join('=').trim()];
  });
  const { success, data, error } = tagsSchema.safeParse(Object.fromEntries(pairs));
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; ');
  const message = `${TAGS_HEADER} must be like team=search,feature=chat: ${problems}`;
  throw new CallRefused({ kind: 'invalid_request', code: 'invalid_tags', message });
}
