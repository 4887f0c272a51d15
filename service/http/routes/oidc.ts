import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { AccessProps } from '../../access/access-props';
import { LOGIN_SECONDS } from '../../access/oidc/login-ticket';
import { LoginError } from '../../access/oidc/oidc-error';
import type { OidcLogin } from '../../access/oidc/oidc-login';
import type { PeopleRules } from '../../access/oidc/people-rules';
import { returnPathOf } from '../../access/oidc/return-path';
import { createPersonSession, useLogin } from '../../access/person-sessions';
import { cookieOf } from '../plugins/authentication';
import { ProblemError } from '../problem';
import { answers } from '../schemas';
import type { Server } from '../server-types';
import { sessionCookie } from './session';

/** Log-in of people. */
export interface PeopleLogin {
  readonly login: OidcLogin;
  readonly people: PeopleRules;
  /** Length of a session, seconds. */
  readonly sessionSeconds: number;
  /** Counts how log-ins end. */
  readonly count: (outcome: 'ok' | 'failed') => void;
}

export interface OidcRoutesProps {
  readonly access: AccessProps;
  /** Null where no provider is configured: the routes then answer 404. */
  readonly login: PeopleLogin | null;
}

/** Cookie of a log-in under way. Lax, because the provider's page sends the browser back. */
const LOGIN_COOKIE = '__Host-llm-cost-ops-login';

/** Where the browser goes without another wish. */
const HOME = '/';

/** Log-ins that an address may begin or end in a minute; everybody behind one CloudFront address shares it. */
const PER_MINUTE = 600;

const config = { access: 'public', rateLimit: { max: PER_MINUTE, timeWindow: 60_000 } } as const;

const found = answers({ 303: z.null().describe('The address is in `Location`') });

const text = z.string().min(1).max(4096);

/** Log-in at an identity provider: two addresses that a browser visits, not calls of a page. */
export function oidcRoutes(app: Server, { access, login }: OidcRoutesProps): void {
  app.get(
    '/api/v1/session/oidc',
    {
      config,
      schema: {
        operationId: 'beginLogin',
        tags: ['access'],
        summary: 'Log in at the identity provider',
        security: [],
        querystring: z.object({
          return_to: z
            .string()
            .max(1024)
            .default(HOME)
            .describe('Path where the browser goes after the log-in'),
        }),
        response: found,
      },
    },
    async ({ query }, reply) => {
      const { login: oidc } = configured(login);
      const returnTo = returnPathOf(query.return_to);
      if (returnTo === undefined) throw wrongPath();
      const { location, sealed } = await oidc.begin(returnTo);
      return redirect(reply, location, [loginCookie(sealed, LOGIN_SECONDS)]);
    },
  );
  app.get(
    '/api/v1/session/oidc/callback',
    {
      config,
      schema: {
        operationId: 'endLogin',
        tags: ['access'],
        summary: 'Where the identity provider sends the browser back',
        security: [],
        querystring: z.object({
          code: text.optional(),
          state: text.optional(),
          iss: text.optional(),
          error: text.optional(),
        }),
        response: found,
      },
    },
    async (request, reply) => {
      const { count, ...parts } = configured(login);
      // Whatever becomes of the log-in, its cookie has served.
      reply.header('set-cookie', loginCookie('', 0)).header('cache-control', 'no-store');
      try {
        const sealed = cookieOf(request, LOGIN_COOKIE);
        const { id, returnTo } = await endLogin(access, parts, { callback: request.query, sealed });
        count('ok');
        const cookies = [loginCookie('', 0), sessionCookie(id, parts.sessionSeconds)];
        return redirect(reply, returnTo, cookies);
      } catch (error) {
        count('failed');
        const reason = error instanceof LoginError ? error.reason : String(error);
        request.log.warn({ reason }, 'a log-in at the identity provider fails');
        throw error;
      }
    },
  );
}

/** What a browser brings back. */
interface Returned {
  readonly callback: Parameters<OidcLogin['check']>[0];
  readonly sealed: string | undefined;
}

async function endLogin(
  access: AccessProps,
  { login, people, sessionSeconds }: Omit<PeopleLogin, 'count'>,
  { callback, sealed }: Returned,
): Promise<{ readonly id: string; readonly returnTo: string }> {
  const checked = await login.check(callback, sealed);
  const { returnTo, state } = checked.ticket;
  // Longer than the ticket is valid, so that a row is there as long as its ticket opens.
  const until = new Date(access.now().getTime() + 2 * LOGIN_SECONDS * 1000);
  if (!(await useLogin(access, state, until))) {
    const message = 'The log-in is over, was used before or began elsewhere.';
    throw new LoginError('login_failed', message, 'the callback has come before');
  }
  const person = await login.finish(checked);
  const { id } = await createPersonSession(access, person, { people, seconds: sessionSeconds });
  return { id, returnTo };
}

function configured(login: PeopleLogin | null): PeopleLogin {
  if (login !== null) return login;
  throw new ProblemError({
    status: 404,
    code: 'not_found',
    detail: 'No identity provider is configured. Begin a session with a key: POST /api/v1/session.',
  });
}

function redirect(reply: FastifyReply, location: string, cookies: readonly string[]) {
  return reply
    .removeHeader('set-cookie')
    .header('set-cookie', cookies)
    .header('cache-control', 'no-store')
    .header('location', location)
    .code(303)
    .send();
}

function loginCookie(value: string, seconds: number): string {
  return `${LOGIN_COOKIE}=${value}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Lax`;
}

function wrongPath(): ProblemError {
  return new ProblemError({
    status: 400,
    code: 'invalid_query',
    detail:
      'return_to must be a path of this host that begins with one slash, such as /costs?from=2026-01-01.',
  });
}
