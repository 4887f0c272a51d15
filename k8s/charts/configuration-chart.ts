import { Chart } from 'cdk8s';
import { ConfigMap, type IConfigMap } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_NAME, PGBOUNCER_NAME } from '../../lib/config/names';
import { contentHash } from '../content-hash';
import { chartProps, ENDPOINTS_NAME, SETTINGS_NAME } from '../labels';
import type { StackOutputs } from '../stack-outputs';
import { settingsOf } from './settings';

export interface ConfigurationChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
  /** Values of the deployed stacks. @default - none: the ConfigMap of endpoints is left out */
  readonly outputs?: StackOutputs;
}

/**
 * The API's environment variables in two ConfigMaps: values of the configuration, and values of the deployed stacks.
 */
export class ConfigurationChart extends Chart {
  /** Both ConfigMaps, in the order in which the container reads them. */
  readonly configMaps: readonly IConfigMap[];
  /** Hash of their content; as an annotation of the pods it rolls them when a value changes. */
  readonly hash: string;

  constructor(scope: Construct, id: string, { config, outputs }: ConfigurationChartProps) {
    super(scope, id, chartProps(config.environment, API_NAME));
    const settings = settingsOf(config);
    const endpoints = outputs && endpointsOf(config, outputs);
    this.configMaps = [
      new ConfigMap(this, 'Settings', { metadata: { name: SETTINGS_NAME }, data: settings }),
      endpoints
        ? new ConfigMap(this, 'Endpoints', { metadata: { name: ENDPOINTS_NAME }, data: endpoints })
        : ConfigMap.fromConfigMapName(this, 'Endpoints', ENDPOINTS_NAME),
    ];
    this.hash = contentHash({ ...settings, ...endpoints });
  }
}

function endpointsOf({ database }: ResolvedConfig, outputs: StackOutputs): Record<string, string> {
  const { databaseEndpoint, databaseReaderEndpoint, cacheEndpoint } = outputs;
  return {
    DATABASE_HOST: database.pooler === 'pgbouncer' ? PGBOUNCER_NAME : databaseEndpoint,
    ...secretsOf(outputs),
    ...(databaseReaderEndpoint === null ? {} : { DATABASE_READER_HOSTS: databaseReaderEndpoint }),
    CACHE_HOST: cacheEndpoint,
    BUDGET_TOPIC_ARN: outputs.budgetTopicArn,
  };
}

/** ARNs of secrets, not their values: the pods' roles may read them from Secrets Manager. */
function secretsOf(outputs: StackOutputs): Record<string, string> {
  const secrets = {
    DATABASE_SECRET_ARN: outputs.databaseUserSecretArn,
    DATABASE_WRITER_SECRET_ARN: outputs.databaseWriterSecretArn,
    GATEWAY_SECRET_ARN: outputs.gatewaySecretArn,
  };
  return Object.fromEntries(
    Object.entries(secrets).flatMap(([name, arn]) => (arn === null ? [] : [[name, arn]])),
  );
}
