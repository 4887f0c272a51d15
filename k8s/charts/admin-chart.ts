import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { ADMIN_DATABASE_USER, ADMIN_NAME } from '../../lib/config/names';
import { ENTRY_POINTS } from '../../service/contract';
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
      entryPoint: ENTRY_POINTS.admin,
      workload: config.admin,
      replicas: config.admin.replicas,
      environment: {
        ...databaseOf(config, outputs),
        ...(outputs?.loadBalancerArn && { OIDC_LOAD_BALANCER_ARN: outputs.loadBalancerArn }),
      },
      targetGroups: [
        {
          binding: ADMIN_NAME,
          name: config.loadBalancer.adminTargetGroupName,
          arn: outputs?.adminTargetGroupArn ?? null,
        },
      ],
    });
  }
}

/**
 * Database user, secrets and bounds of the connection pools. The admin servers read and write as one user, which may see all
 * statements' statistics. The API's lower bound may exceed the admin servers' upper bound, so it is capped.
 */
function databaseOf({ admin, database }: ResolvedConfig, outputs?: StackOutputs): Record<string, string> {
  const secretArn = outputs?.databaseAdminSecretArn ?? null;
  return {
    DATABASE_USER: ADMIN_DATABASE_USER,
    DATABASE_WRITER_USER: ADMIN_DATABASE_USER,
    ...(outputs && { FIRST_ADMIN_KEY_SECRET_ARN: outputs.firstAdminKeySecretArn }),
    ...(secretArn !== null && { DATABASE_SECRET_ARN: secretArn, DATABASE_WRITER_SECRET_ARN: secretArn }),
    DB_POOL_MAX: String(admin.databasePoolMax),
    DB_POOL_MIN: String(Math.min(database.clientPool.min, admin.databasePoolMax)),
    DB_WRITE_POOL_MAX: String(admin.databaseWritePoolMax),
  };
}
