import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { classifyError } from '../classify-error';
import { contextOf } from '../error-context';
import { PROBLEM_MEDIA_TYPE, type Problem, ProblemError, type ProblemProps } from '../problem';
import { readOn } from '../read-on';
import type { Server } from '../server-types';

/** Answers an unknown route in a shape of its own. @returns undefined where problem details are right */
export type UnknownRouteHandler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;

/** Answers every error, and every unknown route that `onUnknown` leaves, with problem details. */
export function registerErrors(app: Server, onUnknown?: UnknownRouteHandler): void {
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const answered = onUnknown?.(request, reply);
    if (answered !== undefined) return answered;
    const detail = `There is no ${request.method} ${pathOf(request)}: see GET /api/v1/openapi.json.`;
    return sendError(new ProblemError({ status: 404, code: 'not_found', detail }), request, reply);
  });
}

/** Answers an error; one that the service caused is logged with its cause. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = classifyError(error, contextOf(request));
  // What the service decides on is no failure of it, also where it is a 503.
  const isFailure = problem.status >= 500 && !(error instanceof ProblemError);
  if (isFailure) request.log.error({ err: error, code: problem.code }, problem.detail);
  else request.log.debug({ code: problem.code }, problem.detail);
  readOn(request, reply);
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
  return reply
    .code(problem.status)
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(toBody(problem, request.id)));
}

/** The body of a problem. */
export function toBody({ status, code, detail, issues }: ProblemProps, instance: string): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail,
    instance,
    ...(issues !== undefined && { errors: [...issues] }),
  };
}

function pathOf({ url }: FastifyRequest): string {
  return (url.split('?')[0] ?? '').slice(0, 200);
}
