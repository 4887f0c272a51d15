import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, RouteHandlerMethod } from 'fastify';
import type { GatewayAnswer, GatewayCall } from '../../gateway/call';
import type { CallFormat } from '../../gateway/formats/call-format';
import type { KnownBodies } from '../../gateway/known-bodies';
import { type Body, BodyBudget } from '../body-budget';
import { ProblemError } from '../problem';
import type { Server } from '../server-types';
import { AnswerStream } from './answer-stream';
import { sendFailure } from './gateway-errors';
import { type ModelRoutesProps, modelRoutes } from './model-routes';
import { readCall } from './read-call';

/** A route of the gateway: the API that its callers speak, and what answers them. */
export interface CallRoute {
  /** Path at the gateway, such as `/api/v1/chat/completions`. */
  readonly path: string;
  readonly format: CallFormat;
  readonly answer: (call: GatewayCall) => Promise<GatewayAnswer>;
}

export interface GatewayRoutesProps extends ModelRoutesProps {
  readonly routes: readonly CallRoute[];
  /** Reads bodies, and finds those that came before. */
  readonly bodies: Pick<KnownBodies, 'read'>;
  /** Largest body, bytes. */
  readonly maxBodyBytes: number;
  /** Longest silence of a stream, ms. */
  readonly pingMs: number;
  readonly now: () => Date;
  /** Is told of each call that ends. */
  readonly onEnd: (route: string, end: RouteEnd) => void;
  /** Is told of each call that is refused because the pod holds too many bodies. */
  readonly onBodyRefused: () => void;
}

/** How a call ended for its caller. */
export interface RouteEnd {
  /** Null where an error was thrown before an answer. */
  readonly answer: GatewayAnswer | null;
  readonly error: unknown;
  readonly left: boolean;
}

/** Bodies that the gateway holds at the same time, bytes. */
const BODIES_BYTES = 64 * 1024 * 1024;

/** The gateway's routes: OpenAI's and Anthropic's APIs. Their errors have the shape of the API. */
export function gatewayRoutes(app: Server, props: GatewayRoutesProps): void {
  const bodies = new BodyBudget({ maxBytes: BODIES_BYTES, onRefused: props.onBodyRefused });
  // Bodies of other types are refused: only JSON is read here.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  for (const route of props.routes) {
    app.post(route.path, {
      bodyLimit: props.maxBodyBytes,
      config: { access: { roles: ['gateway'] } },
      // The API of the providers is theirs to describe.
      schema: { hide: true },
      compress: false,
      decompress: false,
      preParsing: ({ headers }, reply, payload, done) => {
        const counted = countBody(bodies, { headers, body: payload as Body, reply });
        if (counted instanceof Error) done(counted);
        else done(null, counted);
      },
      errorHandler: (error, request, reply) => sendFailure(error, route.format, { request, reply }),
      handler: callHandler(route, props),
    });
  }
  modelRoutes(app, props);
}

function callHandler({ path, format, answer }: CallRoute, props: GatewayRoutesProps): RouteHandlerMethod {
  return async (request, reply) => {
    const call = readCall(format, { request, reply, now: props.now(), bodies: props.bodies });
    try {
      const answered = await answer(call);
      props.onEnd(path, { answer: answered, error: undefined, left: call.left.aborted });
      return sendAnswer(answered, format, { reply, pingMs: props.pingMs });
    } catch (error) {
      props.onEnd(path, { answer: null, error, left: call.left.aborted });
      throw error;
    }
  };
}

function sendAnswer(
  { status, headers, body, cache, provider, costUsd }: GatewayAnswer,
  format: CallFormat,
  { reply, pingMs }: { readonly reply: FastifyReply; readonly pingMs: number },
): FastifyReply {
  reply.code(status).headers(headers);
  reply.header('x-cache', cache).header('x-provider', provider);
  if (costUsd !== null) reply.header('x-llm-cost-usd', costUsd);
  if (typeof body === 'string' || body instanceof Uint8Array) return reply.send(body);
  // NGINX would keep events back until a buffer is full.
  reply.header('x-accel-buffering', 'no');
  return reply.send(new AnswerStream(body, { bytes: format.ping, everyMs: pingMs }));
}

/** Counts a body. A callback of the framework costs less than a promise for each call. */
function countBody(
  bodies: BodyBudget,
  { headers, body, reply }: { headers: IncomingHttpHeaders; body: Body; reply: FastifyReply },
): Body | ProblemError {
  const { 'content-encoding': encoding = 'identity' } = headers;
  if (encoding !== 'identity') {
    const detail = `The body of a call must not be compressed, got content-encoding '${encoding.slice(0, 40)}'.`;
    return new ProblemError({ status: 415, code: 'unsupported_media_type', detail });
  }
  try {
    return bodies.count(body, reply.raw);
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}
