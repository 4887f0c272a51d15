/** Entry point of the admin servers: `node admin.js`. */
import { storeFirstKey } from './access/keys';
import { PRICES_CHANGED } from './cache/invalidation/cache-changes';
import type { ServiceConfig } from './config';
import { ADMIN_PREFIX, adminRoutes } from './http/admin-routes';
import { readFirstAdminKey } from './runtime/first-admin-key';
import { openService, type ServiceParts } from './runtime/open-service';
import { runProcess } from './runtime/run-process';
import { type RunningServer, type RunServerProps, runServer } from './runtime/run-server';
import { ServicePrices } from './runtime/service-prices';
import type { Logger } from './telemetry/logger';

const now = () => new Date();

function start(config: ServiceConfig, logger: Logger): Promise<RunningServer> {
  return startAdmin(openService({ kind: 'admin', config, logger, now }));
}

/** Starts the admin server with its parts. */
export function startAdmin(parts: ServiceParts): Promise<RunningServer> {
  return runServer(adminServer(parts));
}

/** What the admin server is made of. */
export function adminServer(parts: ServiceParts): RunServerProps {
  const { access, changes, config, database, logger } = parts;
  const prices = new ServicePrices(database.reads, logger);
  parts.invalidator.onEvent(PRICES_CHANGED, () => void prices.refresh());
  const { objectives } = config;
  const { slowQueryMs } = config.database;
  return {
    parts,
    title: 'LLM Cost Ops admin API',
    openApiPath: `${ADMIN_PREFIX}/openapi.json`,
    routes: (app) =>
      adminRoutes(app, { database, access, changes, prices, objectives, slowQueryMs, now: parts.now }),
    onDatabase: async () => {
      await prices.open();
      // Not on the API's pods: they would need the secret's store whenever they start.
      const secret = await readFirstAdminKey(config);
      if (secret !== null && (await storeFirstKey(access, secret))) {
        logger.info('the first admin key is stored');
      }
    },
    onClose: () => prices.close(),
  };
}

if (require.main === module) {
  void runProcess({ environment: process.env, start, exit: (code) => process.exit(code) });
}
