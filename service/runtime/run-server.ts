import { setTimeout as sleep } from 'node:timers/promises';
import { idleConnections } from '../http/idle-connections';
import { type Listeners, listen } from '../http/listeners';
import type { UnknownRouteHandler } from '../http/plugins/errors';
import type { PressureProps } from '../http/plugins/pressure';
import { buildServer } from '../http/server';
import type { PoolName, Server } from '../http/server-types';
import { type MetricsServer, serveMetrics } from '../telemetry/metrics-server';
import type { ServiceParts } from './open-service';
import { hasNeededSchema } from './schema-version';

export interface RunServerProps {
  readonly parts: ServiceParts;
  /** Title of the OpenAPI document. */
  readonly title: string;
  /** Path of the OpenAPI document. */
  readonly openApiPath: string;
  /** Adds the routes. */
  readonly routes: (app: Server) => void;
  /** Answers unknown routes in another shape than problem details. @default - problem details */
  readonly onUnknownRoute?: UnknownRouteHandler;
  /** Opens what the routes need, before anything listens; the server does not start where it throws. @default - nothing */
  readonly onStart?: () => void;
  /** Work that has to be done once, after the database has answered. @default - none */
  readonly onDatabase?: () => Promise<void>;
  /** Ends what the routes use, after the last answer. @default - nothing */
  readonly onClose?: () => Promise<void>;
}

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  readonly metricsPort: number;
  /**
   * Finishes the requests under way, writes what waits, and closes everything.
   * @param lingerMs how long requests on open connections are still answered, with `Connection: close`, before those
   * without a request are closed: a balancer may be sending one at that moment, and repeats no POST. @default 0
   */
  close(lingerMs?: number): Promise<void>;
}

/** Wait between two attempts to reach the database at the start, ms. */
const DATABASE_RETRY_MS = 1000;

/** Time between two looks for connections without a request after SIGTERM, ms. */
const CLOSE_IDLE_MS = 250;

/** Part of the heap above which requests are refused: V8 then spends its time on garbage. */
const MAX_HEAP_SHARE = 0.9;

/** Callers in the queue for each connection above which requests are refused: they would wait longer than allowed. */
const MAX_WAITING_PER_CONNECTION = 25;

/** Rate limit of a key, as a multiple of the requests that the platform is built for. */
const RATE_LIMIT_FACTOR = 5;

/**
 * Largest headers behind a load balancer that logs people in, bytes: it adds claims, a token of the provider and cookies
 * of up to 11, 11 and 16 KB. It lets 64 KB through.
 */
const LOGIN_HEADER_BYTES = 64 * 1024;

/** Builds the server; it does not listen yet. */
export function buildServiceServer(props: RunServerProps): Promise<Server> {
  const { parts } = props;
  const { config } = parts;
  return buildServer({
    ...parts,
    title: props.title,
    openApiPath: props.openApiPath,
    pressure: {
      maxEventLoopDelayMs: parts.maxEventLoopDelayMs,
      maxHeapBytes: parts.heapLimitBytes * MAX_HEAP_SHARE,
      pools: poolPressure(parts),
      random: Math.random,
    },
    rateLimit: {
      requestsPerMinute: Math.max(60, config.objectives.requestsPerSecond * RATE_LIMIT_FACTOR * 60),
      counter: parts.rateCounter,
      now: parts.now,
    },
    ...(config.oidc?.loadBalancerArn && { headerBytes: LOGIN_HEADER_BYTES }),
    keepAliveTimeoutMs: config.server.keepAliveTimeoutMs,
    routes: props.routes,
    ...(props.onUnknownRoute && { onUnknownRoute: props.onUnknownRoute }),
  });
}

function poolPressure({ database, waiting }: ServiceParts): PressureProps['pools'] {
  const pressureOf = (name: PoolName) => ({
    maxWaiting: database[name].statistics.max * MAX_WAITING_PER_CONNECTION,
    waiting: waiting[name],
  });
  return { reads: pressureOf('reads'), writes: pressureOf('writes'), reports: pressureOf('reports') };
}

/** Listens at once, so that `/health` answers, and becomes ready when the database has answered. */
export async function runServer(props: RunServerProps): Promise<RunningServer> {
  const { config, lifecycle, logger, metrics } = props.parts;
  const app = await buildServiceServer(props);
  props.onStart?.();
  const closeIdle = idleConnections(app.server);
  const metricsServer = await serveMetrics(metrics, {
    host: config.server.host,
    port: config.server.metricsPort,
  });
  const listeners = await listen(app, { port: config.server.port, host: config.server.host });
  props.parts.connections.open();
  const { port } = listeners;
  logger.info({ port, metricsPort: metricsServer.port }, 'the server listens');
  const stopped = new AbortController();
  const starting = becomeReady(props, stopped.signal);
  return {
    port,
    metricsPort: metricsServer.port,
    close: async (lingerMs = 0) => {
      lifecycle.markDraining();
      stopped.abort();
      await starting;
      await sleep(lingerMs);
      await close(props, { app, listeners, metricsServer, closeIdle });
    },
  };
}

/** Waits for the database and its schema. Losing the database later does not make the pod unready. */
async function becomeReady({ parts, onDatabase }: RunServerProps, signal: AbortSignal): Promise<void> {
  const { database, lifecycle, agent, logger } = parts;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      if (await hasNeededSchema(database.reads)) {
        await onDatabase?.();
        await database.warmUp();
        agent.start();
        lifecycle.markStarted();
        logger.info({ attempt }, 'the server is ready');
        return;
      }
      logger.warn({ attempt }, 'the schema of the database is older than this build: migrate it');
    } catch (err) {
      logger.warn({ err, attempt }, 'the database does not answer yet');
    }
    await sleep(DATABASE_RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** What listens. */
interface Listening {
  readonly app: Server;
  readonly listeners: Listeners;
  readonly metricsServer: MetricsServer;
  /** Closes connections without a request under way. */
  readonly closeIdle: () => void;
}

async function close(
  { parts, onClose }: RunServerProps,
  { app, listeners, metricsServer, closeIdle }: Listening,
): Promise<void> {
  const { agent, config, connections, database, embedded, logger } = parts;
  // Longer answers are exports, which their callers can resume, and calls of the gateway, which its ledger records.
  const deadline = setTimeout(() => {
    logger.warn('requests take too long to finish: their connections are closed');
    app.server.closeAllConnections();
  }, config.gateway.drainSeconds * 1000);
  const idle = setInterval(closeIdle, CLOSE_IDLE_MS);
  await Promise.all([listeners.close(), app.close()]);
  clearInterval(idle);
  clearTimeout(deadline);
  await onClose?.();
  await agent.close();
  await embedded?.close();
  await connections.close();
  await database.close();
  await metricsServer.close();
  logger.info('the server has ended');
}
