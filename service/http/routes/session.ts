import { z } from 'zod';
import type { AccessProps } from '../../access/access-props';
import { type Principal, ROLES } from '../../access/principal';
import { createSession, endSession, SESSION_SECONDS } from '../../access/sessions';
import { SESSION_COOKIE } from '../plugins/authentication';
import { answers } from '../schemas';
import type { Server } from '../server-types';

const sessionSchema = z.object({
  key_id: z.uuid(),
  project: z.uuid().nullable().describe('Project of the key; null for a key of the organisation'),
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
      return reply.header('set-cookie', cookie(id, SESSION_SECONDS)).code(201).send(toAnswer(principal));
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
      return reply.header('set-cookie', cookie('', 0)).code(204).send(null);
    },
  );
}

function toAnswer({ keyId, projectId, roles }: Principal) {
  return { key_id: keyId, project: projectId, roles: [...roles] };
}

function cookie(value: string, seconds: number): string {
  return `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Strict`;
}
