import { z } from 'zod';
import type { AccessProps } from '../../access/access-props';
import { type Principal, ROLES } from '../../access/principal';
import { createSession, endSession, SESSION_SECONDS } from '../../access/sessions';
import { SESSION_COOKIE } from '../plugins/authentication';
import { answers } from '../schemas';
import type { Server } from '../server-types';

const sessionSchema = z.object({
  key_id: z.uuid().nullable().describe('Key of the caller; null for a person'),
  person: z
    .object({
      subject: z.string().describe('Id of the person at the identity provider'),
      email: z.string().nullable().describe('Verified e-mail address; null where the provider says none'),
    })
    .nullable()
    .describe('Who has logged in at the identity provider; null for a key'),
  project: z.uuid().nullable().describe('Project of the caller; null for the organisation'),
  roles: z.array(z.enum(ROLES)),
});

const access = { roles: ROLES } as const;

/** Log-in of the console: a key is exchanged for a cookie that scripts of the page cannot read. */
export function sessionRoutes(app: Server, props: AccessProps): void {
  app.post(
    '/api/v1/session',
    {
      config: { access: { roles: ['read', 'admin'] } },
      schema: {
        operationId: 'createSession',
        tags: ['access'],
        summary: 'Begin a session with a key',
        response: answers({ 201: sessionSchema }),
      },
    },
    async ({ principal }, reply) => {
      const { id } = await createSession(props, principal);
      return reply
        .header('set-cookie', sessionCookie(id, SESSION_SECONDS))
        .code(201)
        .send(toAnswer(principal));
    },
  );
  app.get(
    '/api/v1/session',
    {
      config: { access },
      schema: {
        operationId: 'getSession',
        tags: ['access'],
        summary: 'Who the caller is',
        response: answers({ 200: sessionSchema }),
      },
    },
    async ({ principal }) => toAnswer(principal),
  );
  app.delete(
    '/api/v1/session',
    {
      config: { access },
      schema: {
        operationId: 'endSession',
        tags: ['access'],
        summary: 'End the session',
        response: answers({ 204: z.null() }),
      },
    },
    async ({ sessionId }, reply) => {
      if (sessionId !== undefined) await endSession(props, sessionId);
      return reply.header('set-cookie', sessionCookie('', 0)).code(204).send(null);
    },
  );
}

function toAnswer({ keyId, person = null, projectId, roles }: Principal) {
  return { key_id: person === null ? keyId : null, person, project: projectId, roles: [...roles] };
}

/** Header `Set-Cookie` of a session. */
export function sessionCookie(value: string, seconds: number): string {
  return `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Strict`;
}
