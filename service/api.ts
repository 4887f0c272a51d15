/** Entry point of the API: `node api.js`. */
import { randomUUID } from 'node:crypto';
import { ACCESS_CHANGED, PRICES_CHANGED } from './cache/invalidation/cache-changes';
import type { ServiceConfig } from './config';
import { API_PREFIX, apiRoutes } from './http/api-routes';
import { answerUnknownCall } from './http/gateway/unknown-calls';
import { RequestFeed } from './requests/feed/request-feed';
import { RequestWriter } from './requests/write/request-writer';
import { gatewayKeys } from './runtime/gateway-secret';
import { openGateway } from './runtime/open-gateway';
import { openService, type ServiceParts } from './runtime/open-service';
import { openLogin } from './runtime/people';
import { runProcess } from './runtime/run-process';
import { type RunningServer, type RunServerProps, runServer } from './runtime/run-server';
import { ServiceBudgets } from './runtime/service-budgets';
import { ServiceCosts } from './runtime/service-costs';
import { ServicePrices } from './runtime/service-prices';
import { spendGuard } from './runtime/spend-guard';
import type { Logger } from './telemetry/logger';

const now = () => new Date();

function start(config: ServiceConfig, logger: Logger): Promise<RunningServer> {
  const parts = openService({ kind: 'api', config, logger, now });
  return startApi(parts);
}

/** Starts the API's server with its parts. */
export function startApi(parts: ServiceParts): Promise<RunningServer> {
  return runServer(apiServer(parts));
}

/** What the API's server is made of. */
export function apiServer(parts: ServiceParts): RunServerProps {
  const { access, changes, config, database, invalidator, logger, metrics } = parts;
  const prices = new ServicePrices(database.reads, logger);
  const feed = new RequestFeed({
    messages: parts.messages,
    sender: randomUUID(),
    hasOtherPods: parts.shared !== null,
  });
  const writer = new RequestWriter({
    database,
    prices: () => prices.book,
    now: parts.now,
    concurrency: config.database.writePoolMax,
    onStored: (rows) => feed.publish(rows),
  });
  const keys = gatewayKeys(parts);
  const budgets = new ServiceBudgets({ ...parts, signingKey: () => keys.webhookSigningKey() });
  const costs = new ServiceCosts(parts);
  invalidator.onEvent(PRICES_CHANGED, () => void prices.refresh());
  const gateway = openGateway({
    ...{ parts, writer, prices, keys, spend: spendGuard(budgets.limits) },
    ...{ answers: parts.layers, pods: parts.deduplicator },
  });
  const login = openLogin(parts);
  return {
    parts,
    title: 'LLM Cost Ops API',
    openApiPath: `${API_PREFIX}/openapi.json`,
    onUnknownRoute: answerUnknownCall,
    routes: (app) =>
      apiRoutes(app, {
        gateway: gateway.routes,
        login,
        ...{ database, access, writer, prices, metrics, changes, feed },
        costs: costs.answers,
        budgets: budgets.store,
        now: parts.now,
        pingSeconds: config.server.streamPingSeconds,
        onAccessChanged: (listener) => invalidator.onEvent(ACCESS_CHANGED, listener),
      }),
    onStart: () => gateway.open(),
    onDatabase: async () => {
      await prices.open();
      gateway.run();
      budgets.start();
      costs.start();
    },
    onClose: async () => {
      await costs.close();
      feed.close();
      await gateway.close();
      await writer.close();
      await budgets.close();
      await prices.close();
    },
  };
}

if (require.main === module) {
  void runProcess({ environment: process.env, start, exit: (code) => process.exit(code) });
}
