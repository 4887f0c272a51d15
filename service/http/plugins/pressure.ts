import underPressure, { TYPE_HEAP_USED_BYTES } from '@fastify/under-pressure';
import type { PrometheusMetrics, RefusalReason } from '../../telemetry/prometheus';
import { ProblemError } from '../problem';
import type { PoolName, Server } from '../server-types';
import { registerAdmission } from './admission';

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
  /** Random number from 0 to below 1. */
  readonly random: () => number;
}

/** Bounds of the time after which a caller may try again, seconds; callers that were refused together come back apart. */
const RETRY_SECONDS = { least: 1, most: 5 };

/** Time between two measurements, ms. */
const SAMPLE_MS = 500;

/** Refuses requests that would only wait: answers 503 at once. Vital routes still answer. */
export function registerPressure(
  app: Server,
  props: PressureProps,
  metrics: Pick<PrometheusMetrics, 'countRefused'>,
): void {
  const refuse = (reason: RefusalReason) => {
    metrics.countRefused(reason);
    return overloaded(props.random());
  };
  app.register(underPressure, {
    maxEventLoopDelay: props.maxEventLoopDelayMs,
    maxHeapUsedBytes: props.maxHeapBytes,
    sampleInterval: SAMPLE_MS,
    pressureHandler: ({ routeOptions }, _reply, type) => {
      if (routeOptions.config?.vital === true) return;
      throw refuse(type === TYPE_HEAP_USED_BYTES ? 'heap' : 'event_loop');
    },
  });
  app.addHook('onRequest', ({ routeOptions: { config } }, _reply, done) => {
    const { maxWaiting, waiting } = props.pools[config?.pool ?? 'reads'];
    done(config?.vital !== true && waiting() > maxWaiting ? refuse('database_pool') : undefined);
  });
  registerAdmission(app, refuse);
}

const { least, most } = RETRY_SECONDS;

/** The answers, by the time after which callers may try again. They are made once: refusing has to cost little. */
const OVERLOADED = Array.from({ length: most - least + 1 }, (_, index) => {
  return new ProblemError({
    status: 503,
    code: 'overloaded',
    detail: 'The server is overloaded. Send the request again after the time in Retry-After.',
    retryAfterSeconds: least + index,
  });
});

/** @param random from 0 to below 1 */
function overloaded(random: number): ProblemError {
  return OVERLOADED[Math.floor(random * OVERLOADED.length)] as ProblemError;
}
