import type { FastifyRequest } from 'fastify';

/** What was asked when an error came up. */
export interface ErrorContext {
  /** Whether the request reads a period: one that takes too long takes as long again. @default false */
  readonly readsPeriod?: boolean;
  /** Largest body of the route, bytes. @default - not known */
  readonly maxBodyBytes?: number | undefined;
  /** Media type of the body as its sender gave it. @default - none was given */
  readonly contentType?: string | undefined;
}

/** What a request's route and headers say about an error. */
export function contextOf({ method, routeOptions, headers }: FastifyRequest): ErrorContext {
  return {
    readsPeriod: readsPeriod(method, routeOptions.schema),
    maxBodyBytes: routeOptions.bodyLimit,
    contentType: headers['content-type'],
  };
}

/** Whether a request asks about the time from `from` to `to`. */
function readsPeriod(method: string, schema: unknown): boolean {
  const { querystring } = (schema ?? {}) as { readonly querystring?: { readonly shape?: object } };
  return method === 'GET' && 'from' in (querystring?.shape ?? {});
}
