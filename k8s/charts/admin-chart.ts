import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { ADMIN_NAME } from '../../lib/config/names';
import type { StackOutputs } from '../stack-outputs';
import type { ConfigurationChart } from './configuration-chart';
import { WebServerChart } from './web-server-chart';

/** Name of the only container. */
const ADMIN_CONTAINER = 'admin';

export interface AdminChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
  /** ConfigMaps of the pods' environment variables, shared with the API. */
  readonly configuration: ConfigurationChart;
  /** Values of the deployed stacks. @default - none: the target group is bound by its name */
  readonly outputs?: StackOutputs;
}

/** The admin servers: a small fixed number, each with a small pool of database connections. */
export class AdminChart extends WebServerChart {
  constructor(scope: Construct, id: string, { config, configuration, outputs }: AdminChartProps) {
    super(scope, id, {
      config,
      configuration,
      name: ADMIN_NAME,
      container: ADMIN_CONTAINER,
      workload: config.admin,
      replicas: config.admin.replicas,
      environment: poolOf(config),
      targetGroup: {
        name: config.loadBalancer.adminTargetGroupName,
        arn: outputs?.adminTargetGroupArn ?? null,
      },
    });
  }
}

/** Bounds of the connection pool. The API's lower bound may exceed the admin servers' upper bound, so it is capped. */
function poolOf({ admin, database }: ResolvedConfig): Record<string, string> {
  return {
    DB_POOL_MAX: String(admin.databasePoolMax),
    DB_POOL_MIN: String(Math.min(database.clientPool.min, admin.databasePoolMax)),
  };
}
