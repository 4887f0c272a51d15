import type { Lifecycle } from '../lifecycle';
import type { Server } from '../server-types';

/** Headers that belong to the connection and to tracing. */
export function registerConnection(app: Server, lifecycle: Lifecycle): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    const { traceparent } = request.headers;
    if (typeof traceparent === 'string' && isTraceparent(traceparent))
      reply.header('traceparent', traceparent);
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    // A load balancer may go on using open connections; each one ends with its next answer.
    if (lifecycle.draining) reply.header('connection', 'close');
    done();
  });
}

/** Ids of a request that other hops may have given: short, and harmless in a log line. */
export function isRequestId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.:=/-]{1,128}$/.test(value);
}

/** Header of W3C's Trace Context, version 00. */
export function isTraceparent(value: string): boolean {
  return /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(value);
}
