import type { AccessProps } from '../access/access-props';
import type { BudgetStore } from '../budgets/store/budget-store';
import type { CacheChanges } from '../cache/invalidation/cache-changes';
import type { CachedCostAnswers } from '../costs/cached-cost-answers';
import type { Database } from '../database/pools';
import type { PriceStore } from '../prices/price-store';
import type { RequestWriter } from '../requests/write/request-writer';
import type { PrometheusMetrics } from '../telemetry/prometheus';
import { type GatewayRoutesProps, gatewayRoutes } from './gateway/gateway-routes';
import { auditRoutes } from './routes/audit';
import { budgetRoutes } from './routes/budgets';
import { costRoutes } from './routes/costs';
import { eraseUserRoutes } from './routes/erase-user';
import { keyRoutes } from './routes/keys';
import { oidcRoutes, type PeopleLogin } from './routes/oidc';
import { priceRoutes } from './routes/prices';
import { projectRoutes } from './routes/projects';
import { requestRoutes } from './routes/requests';
import { sessionRoutes } from './routes/session';
import { type StreamRequestsProps, streamRequestsRoute } from './routes/stream-requests';
import { userRoutes } from './routes/users';
import type { Server } from './server-types';

/** What the routes of the API need. */
export interface ApiRoutesProps extends StreamRequestsProps {
  readonly database: Database;
  readonly access: AccessProps;
  readonly writer: RequestWriter;
  readonly prices: Pick<PriceStore, 'price'>;
  readonly metrics: PrometheusMetrics;
  readonly costs: CachedCostAnswers;
  /** Makes known what of the caches is no longer valid. */
  readonly changes: Pick<CacheChanges, 'announce'>;
  readonly budgets: BudgetStore;
  readonly now: () => Date;
  /** Log-in of people; null where no provider is configured. */
  readonly login: PeopleLogin | null;
  /** Routes of the gateway. */
  readonly gateway: GatewayRoutesProps;
}

/** Start of the API's paths. */
export const API_PREFIX = '/api/v1';

/** All routes of the API. */
export function apiRoutes(app: Server, props: ApiRoutesProps): void {
  requestRoutes(app, props);
  costRoutes(app, props);
  sessionRoutes(app, props.access);
  oidcRoutes(app, props);
  priceRoutes(app, props, API_PREFIX);
  streamRequestsRoute(app, props);
  budgetRoutes(app, props, API_PREFIX);
  managementRoutes(app, props, API_PREFIX);
  // Bodies and errors of the gateway are its own.
  app.register(async (scope) => gatewayRoutes(scope as Server, props.gateway));
}

/** Routes of keys, projects, users and the audit log, which the admin servers have too. */
export function managementRoutes(
  app: Server,
  { access, changes }: Pick<ApiRoutesProps, 'access' | 'changes'>,
  prefix: string,
): void {
  keyRoutes(app, access, prefix);
  projectRoutes(app, access, prefix);
  userRoutes(app, access, prefix);
  eraseUserRoutes(app, { ...access, changes }, prefix);
  auditRoutes(app, access, prefix);
}
