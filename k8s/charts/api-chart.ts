import { Size } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_CONTAINER, API_NAME, GATEWAY_NAME } from '../../lib/config/names';
import { ENTRY_POINTS, JOURNAL_FOLDER } from '../../service/contract';
import { NGINX_NAME } from '../components';
import type { StackOutputs } from '../stack-outputs';
import type { ConfigurationChart } from './configuration-chart';
import { WebServerChart } from './web-server-chart';

export interface ApiChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
  /** ConfigMaps of the pods' environment variables. */
  readonly configuration: ConfigurationChart;
  /** Values of the deployed stacks. @default - none: the target group is bound by its name */
  readonly outputs?: StackOutputs;
}

/** The journal's volume as a multiple of its bound: a new segment is written before the old one goes. */
const JOURNAL_HEADROOM = 2;

/**
 * The API servers, in two target groups: the gateway's routes have one of their own. With `nginx.enabled` the ALB's
 * targets are NGINX's pods.
 */
export class ApiChart extends WebServerChart {
  constructor(scope: Construct, id: string, { config, configuration, outputs }: ApiChartProps) {
    super(scope, id, {
      config,
      configuration,
      name: API_NAME,
      container: API_CONTAINER,
      entryPoint: ENTRY_POINTS.api,
      workload: config.workload,
      targetGroups: [
        {
          binding: API_NAME,
          name: config.loadBalancer.apiTargetGroupName,
          arn: outputs?.apiTargetGroupArn ?? null,
        },
        {
          binding: GATEWAY_NAME,
          name: config.loadBalancer.gatewayTargetGroupName,
          arn: outputs?.gatewayTargetGroupArn ?? null,
        },
      ],
      volumes: [
        {
          name: 'journal',
          folder: JOURNAL_FOLDER,
          sizeLimit: Size.mebibytes(config.gateway.journalMebibytes * JOURNAL_HEADROOM),
        },
      ],
      entrance: config.nginx.enabled ? NGINX_NAME : API_NAME,
    });
  }
}
