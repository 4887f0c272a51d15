import type { AccessProps } from '../access/access-props';
import type { CacheChanges } from '../cache/invalidation/cache-changes';
import type { ServiceConfig } from '../config';
import type { Database } from '../database/pools';
import type { PriceStore } from '../prices/price-store';
import { cacheRoutes } from './admin/cache';
import { podRoutes } from './admin/pods';
import { priceImportRoutes } from './admin/price-import';
import { reportRoutes } from './admin/reports';
import { repriceRoutes } from './admin/reprice';
import { managementRoutes } from './api-routes';
import { priceRoutes } from './routes/prices';
import type { Server } from './server-types';

/** What the routes of the admin servers need. */
export interface AdminRoutesProps {
  readonly database: Database;
  readonly access: AccessProps;
  readonly prices: Pick<PriceStore, 'price' | 'book'>;
  readonly objectives: ServiceConfig['objectives'];
  /** Least mean time of a slow statement, ms. */
  readonly slowQueryMs: number;
  /** Makes known what of the caches is no longer valid. */
  readonly changes: Pick<CacheChanges, 'announce'>;
  readonly now: () => Date;
}

/** Start of the admin servers' paths: on the app host the load balancer sends them to the admin servers. */
export const ADMIN_PREFIX = '/api/admin/v1';

/** All routes of the admin servers. */
export function adminRoutes(app: Server, props: AdminRoutesProps): void {
  podRoutes(app, props, ADMIN_PREFIX);
  cacheRoutes(app, props, ADMIN_PREFIX);
  reportRoutes(app, props, ADMIN_PREFIX);
  priceRoutes(app, props, ADMIN_PREFIX);
  priceImportRoutes(app, props, ADMIN_PREFIX);
  repriceRoutes(app, props, ADMIN_PREFIX);
  managementRoutes(app, props, ADMIN_PREFIX);
}
