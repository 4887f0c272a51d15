import type { FastifyReply, FastifyRequest } from 'fastify';
import { AdmissionQueue, type QueueRefusal, type Work } from '../admission/admission-queue';
import { LoopTurns } from '../admission/loop-turns';
import type { Server } from '../server-types';

/**
 * Bounds the requests that the pod works on, whatever arrives: those beyond wait for a moment, then they are refused.
 * Refused is what costs little: nothing of the request is read but its headers.
 * @param refuse the error that answers a request
 */
export function registerAdmission(app: Server, refuse: (reason: QueueRefusal) => Error): void {
  const queue = new AdmissionQueue({ clock: () => performance.now(), defer: setImmediate });
  const turns = new LoopTurns({
    onTurn: () => queue.sweep(),
    onMean: (turnMs) => queue.adapt(turnMs),
    isNeeded: () => queue.working > 0 || queue.size > 0,
  });
  app.decorateRequest('work', null);
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config?.vital === true) {
      done();
      return;
    }
    turns.start();
    queue.enter(request.method === 'GET' ? 'later' : 'first', (decision) => {
      if (typeof decision === 'string') done(refuse(decision));
      else if (admit(decision, request, reply)) done();
    });
  });
  // What follows is the reader's pace: a slow one must not keep others out.
  app.addHook('onSend', (request, _reply, _payload, done) => {
    request.work?.end();
    done();
  });
}

/** @returns whether there is still somebody to answer */
function admit(work: Work, request: FastifyRequest, { raw }: FastifyReply): boolean {
  if (raw.destroyed) {
    work.end();
    return false;
  }
  request.work = work;
  // Streams of our own have no `onSend`, and callers may leave.
  raw.once('close', work.end);
  return true;
}
