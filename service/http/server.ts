import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import compress from '@fastify/compress';
import Fastify, { LogController } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Authenticator } from '../access/authenticator';
import type { Logger } from '../telemetry/logger';
import type { PerformanceMonitor } from '../telemetry/performance-monitor';
import type { PrometheusMetrics } from '../telemetry/prometheus';
import type { Lifecycle } from './lifecycle';
import { registerAuthentication } from './plugins/authentication';
import { isRequestId, registerConnection } from './plugins/connection';
import { registerErrors, sendError, type UnknownRouteHandler } from './plugins/errors';
import { registerMetrics } from './plugins/metrics';
import { registerOpenApi } from './plugins/openapi';
import { type PressureProps, registerPressure } from './plugins/pressure';
import { type RateLimitProps, registerRateLimit } from './plugins/rate-limit';
import { registerSecurityHeaders } from './plugins/security-headers';
import { requestLogger } from './request-logger';
import { healthRoutes } from './routes/health';
import { openApiRoutes } from './routes/openapi';
import type { Server } from './server-types';

export interface ServerProps {
  /** Title of the OpenAPI document. */
  readonly title: string;
  /** Path of the OpenAPI document. */
  readonly openApiPath: string;
  readonly logger: Logger;
  readonly authenticator: Authenticator;
  readonly metrics: PrometheusMetrics;
  readonly monitor: PerformanceMonitor;
  readonly lifecycle: Lifecycle;
  readonly pressure: PressureProps;
  readonly rateLimit: RateLimitProps;
  /** How long an idle connection stays open, ms; longer than the load balancer keeps it. */
  readonly keepAliveTimeoutMs: number;
  /** Largest headers of a request, bytes. @default 16 KiB */
  readonly headerBytes?: number;
  /** Answers unknown routes in another shape than problem details. @default - problem details */
  readonly onUnknownRoute?: UnknownRouteHandler;
  /** Adds the routes. */
  readonly routes: (app: Server) => void;
}

/** Largest body of a request, bytes; the route of records allows more. */
const BODY_BYTES = 1024 * 1024;

/** Largest headers without a load balancer that adds to them, bytes. */
const HEADER_BYTES = 16 * 1024;

/** Longest time until a request is received whole, ms. Slow senders would hold connections otherwise. */
const REQUEST_TIMEOUT_MS = 60_000;

/** Least body that is compressed, bytes. */
const COMPRESS_BYTES = 1024;

/** Addresses whose `X-Forwarded-For` counts: load balancer and NGINX are in private networks. */
const PROXIES = ['loopback', 'linklocal', 'uniquelocal'];

/** Builds a server that is ready to listen. */
export async function buildServer(props: ServerProps): Promise<Server> {
  const app = createServer(props);
  app.setValidatorCompiler(validatorCompiler);
  // Answers have the types of their schemas; tests check each one against the OpenAPI document, requests do not pay.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  registerErrors(app, props.onUnknownRoute);
  registerConnection(app, props.lifecycle);
  registerMetrics(app, props.metrics, props.monitor);
  registerOpenApi(app, props.title);
  registerPressure(app, props.pressure, props.metrics);
  registerSecurityHeaders(app);
  app.register(compress, {
    threshold: COMPRESS_BYTES,
    encodings: ['gzip', 'identity'],
    requestEncodings: ['gzip', 'identity'],
  });
  registerRateLimit(app, props.rateLimit);
  await app.after();
  registerAuthentication(app, props.authenticator);
  app.register(async (instance) => {
    const scope = instance.withTypeProvider<ZodTypeProvider>() as Server;
    healthRoutes(scope, props.lifecycle);
    openApiRoutes(scope, props.openApiPath);
    props.routes(scope);
  });
  await app.ready();
  return app;
}

function createServer({ headerBytes = HEADER_BYTES, logger, keepAliveTimeoutMs }: ServerProps): Server {
  const app = Fastify({
    loggerInstance: logger,
    childLoggerFactory: (parent, bindings) =>
      requestLogger(parent as Logger, bindings as Parameters<Logger['child']>[0]),
    // Access logs are the load balancer's.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: keepAliveTimeoutMs,
    http: { maxHeaderSize: headerBytes, headersTimeout: REQUEST_TIMEOUT_MS },
    trustProxy: PROXIES,
    // A draining pod answers what still arrives on open connections.
    return503OnClosing: false,
    genReqId: requestId,
    exposeHeadRoutes: false,
    // Clients join a base URL that ends with a slash in either way.
    routerOptions: { maxParamLength: 300, ignoreDuplicateSlashes: true, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => {
      sendError(error, request, reply);
    },
  }).withTypeProvider<ZodTypeProvider>();
  return app as unknown as Server;
}

function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return isRequestId(given) ? given : randomUUID();
}
