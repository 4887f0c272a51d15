import underPressure from '@fastify/under-pressure';
import { ProblemError } from '../problem';
import type { Server } from '../server-types';

export interface PressureProps {
  /** Largest mean delay of the event loop, ms. */
  readonly maxEventLoopDelayMs: number;
  /** Largest heap, bytes. */
  readonly maxHeapBytes: number;
  /** Most callers that wait for a database connection. */
  readonly maxPoolWaiting: number;
  /** Callers that wait for a database connection now. */
  readonly poolWaiting: () => number;
}

/** When a caller may try again, seconds; pressure passes, or the HPA has added pods. */
const RETRY_SECONDS = 5;

/** Time between two measurements, ms. */
const SAMPLE_MS = 500;

/** Refuses requests that would only wait: answers 503 at once. Vital routes still answer. */
export function registerPressure(app: Server, props: PressureProps): void {
  app.register(underPressure, {
    maxEventLoopDelay: props.maxEventLoopDelayMs,
    maxHeapUsedBytes: props.maxHeapBytes,
    sampleInterval: SAMPLE_MS,
    pressureHandler: ({ routeOptions }) => {
      if (routeOptions.config?.vital !== true) throw overloaded();
    },
  });
  app.addHook('onRequest', async ({ routeOptions }) => {
    if (routeOptions.config?.vital !== true && props.poolWaiting() > props.maxPoolWaiting) throw overloaded();
  });
}

function overloaded(): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'overloaded',
    detail: 'The server is overloaded. Send the request again after the time in Retry-After.',
    retryAfterSeconds: RETRY_SECONDS,
  });
}
