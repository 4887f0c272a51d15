import underPressure from '@fastify/under-pressure';
import { ProblemError } from '../problem';
import type { PoolName, Server } from '../server-types';

/** Callers that wait for a connection of a pool. */
export interface PoolPressure {
  /** Most callers that may wait. */
  readonly maxWaiting: number;
  /** Callers that wait now. */
  readonly waiting: () => number;
}

export interface PressureProps {
  /** Largest mean delay of the event loop, ms. */
  readonly maxEventLoopDelayMs: number;
  /** Largest heap, bytes. */
  readonly maxHeapBytes: number;
  /** Each pool for itself: questions that wait must not keep records out. */
  readonly pools: Readonly<Record<PoolName, PoolPressure>>;
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
  app.addHook('onRequest', ({ routeOptions: { config } }, _reply, done) => {
    const { maxWaiting, waiting } = props.pools[config?.pool ?? 'reads'];
    done(config?.vital !== true && waiting() > maxWaiting ? overloaded() : undefined);
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
