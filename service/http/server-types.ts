import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Authenticated } from '../access/authenticated';
import type { Principal, Role } from '../access/principal';
import type { Work } from './admission/admission-queue';

/** Who may use a route: anybody, or keys with one of the roles. */
export type AccessRule =
  | 'public'
  | {
      /** The key needs one of them. */
      readonly roles: readonly Role[];
      /** Whether only keys of the organisation may use it. @default false */
      readonly organisation?: boolean;
    };

/** Pool of the database that a route uses most. */
export type PoolName = 'reads' | 'writes' | 'reports';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. Every route has it. */
    access?: AccessRule;
    /** Whether the route answers under pressure and while the pod drains. @default false */
    vital?: boolean;
    /** Pool whose queue decides whether the route answers under pressure. @default 'reads' */
    pool?: PoolName;
  }

  interface FastifyRequest {
    /** Who sends the request; set on all routes that are not public. */
    principal: Principal;
    /** What the pod has to do for the request, as the bound on its work counts it; null until it is let in, and on vital routes. */
    work: Work | null;
    /** The principal with its limits; set on all routes that are not public. */
    caller: Authenticated;
    /** Requests that the key may send in a minute; null: the server's limit. */
    requestsPerMinute: number | null;
    /** Value of the session's cookie; undefined with a key. */
    sessionId: string | undefined;
  }
}

/** The server, with routes typed by their zod schemas. */
export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;
