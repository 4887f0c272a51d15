import type { FastifyRequest } from 'fastify';
import type { Authenticated } from '../../access/authenticated';
import type { Authenticator } from '../../access/authenticator';
import { TooManyLookUpsError } from '../../access/look-up-turns';
import { ALB_IDENTITY_HEADER } from '../../access/oidc/alb-identity';
import { ProblemError } from '../problem';
import type { AccessRule, Server } from '../server-types';

/** Cookie of the console's session. The prefix keeps other hosts and plain HTTP from setting it. */
export const SESSION_COOKIE = '__Host-llm-cost-ops';

/** Refused log-ins of an address in a minute, above which it has to wait: each one may ask the database. */
const REFUSALS_PER_MINUTE = 300;

/** When a caller may try again while too many keys are looked up, seconds. */
const LOOK_UP_RETRY_SECONDS = 2;

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Finds out who sends a request, and whether that may use the route, before the body is read. */
export function registerAuthentication(app: Server, authenticator: Authenticator): void {
  app.decorateRequest('principal');
  app.decorateRequest('caller');
  app.decorateRequest('requestsPerMinute', null);
  app.decorateRequest('sessionId');
  const countRefusal = app.createRateLimit({ max: REFUSALS_PER_MINUTE, timeWindow: 60_000 });

  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return;
    const rule = request.routeOptions.config.access;
    if (rule === 'public') return;
    // Answers of a key must not be kept by a cache between us and the caller.
    reply.header('cache-control', 'private, no-store');
    const caller = await authenticate(request, authenticator).catch((error: unknown) => {
      throw error instanceof TooManyLookUpsError ? tooManyLookUps() : error;
    });
    if (caller === undefined) {
      const refusals = await countRefusal(request);
      if (!refusals.isAllowed && refusals.isExceeded) throw tooManyRefusals(refusals.ttlInSeconds);
      reply.header('www-authenticate', 'Bearer realm="llm-cost-ops"');
      throw unauthenticated();
    }
    request.caller = caller;
    request.principal = caller.principal;
    request.requestsPerMinute = caller.requestsPerMinute;
    authorize(request, rule);
  });
}

function authenticate(
  request: FastifyRequest,
  authenticator: Authenticator,
): Promise<Authenticated | undefined> {
  const key = keyOf(request);
  if (key !== undefined) return authenticator.byKey(key);
  const session = cookieOf(request, SESSION_COOKIE);
  if (session !== undefined) {
    checkSameSite(request);
    request.sessionId = session;
    return authenticator.bySession(session);
  }
  const proof = request.headers[ALB_IDENTITY_HEADER];
  if (typeof proof !== 'string') return Promise.resolve(undefined);
  // The load balancer adds the header to whatever has its cookie, also where a page of another site sends the request.
  checkSameSite(request);
  return authenticator.byLoadBalancer(proof);
}

/** Key of `Authorization: Bearer`, or of `x-api-key`, which Anthropic's clients send. */
function keyOf({ headers }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const apiKey = headers['x-api-key'];
  return bearer ?? (typeof apiKey === 'string' ? apiKey : undefined);
}

/** Value of a cookie. @returns undefined without it */
export function cookieOf({ headers }: Pick<FastifyRequest, 'headers'>, name: string): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=');
    if (key === name) return value;
  }
  return undefined;
}

/** SameSite=Strict lets pages of sibling hosts send the cookie, so changes also need the page's own origin. */
function checkSameSite(request: FastifyRequest): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin } = request.headers;
  const own = origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.headers.host;
  if (own || request.headers['sec-fetch-site'] === 'same-origin') return;
  throw new ProblemError({
    status: 403,
    code: 'cross_site',
    detail: 'A session may change something only from pages of its own origin. Programs send a key.',
  });
}

function authorize({ principal }: FastifyRequest, rule: AccessRule | undefined): void {
  if (rule === undefined || rule === 'public') throw new Error('a route has no access rule');
  if (!rule.roles.some((role) => principal.roles.has(role))) {
    const detail = `This needs a key with the role ${rule.roles.join(' or ')}.`;
    throw new ProblemError({ status: 403, code: 'forbidden', detail });
  }
  if (rule.organisation === true && !principal.organisation) {
    const detail = 'This needs a key of the organisation; the key belongs to a project.';
    throw new ProblemError({ status: 403, code: 'forbidden', detail });
  }
}

function unauthenticated(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'unauthenticated',
    detail:
      'Send a valid key as "Authorization: Bearer <key>" or as "x-api-key". It may have expired or been revoked.',
  });
}

function tooManyRefusals(retryAfterSeconds: number): ProblemError {
  return new ProblemError({
    status: 429,
    code: 'rate_limited',
    detail: `More than ${REFUSALS_PER_MINUTE} requests without a valid key came from this address in a minute.`,
    retryAfterSeconds,
  });
}

function tooManyLookUps(): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'overloaded',
    detail: 'Too many unknown keys are looked up. Send the request again after the time in Retry-After.',
    retryAfterSeconds: LOOK_UP_RETRY_SECONDS,
  });
}
