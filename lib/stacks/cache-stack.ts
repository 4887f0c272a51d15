import { CfnOutput } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { apiCacheUser, CACHE_PORT, cacheName, OUTPUTS, PROJECT, type StackId } from '../config/names';
import { ValkeyCache } from '../constructs/cache/valkey-cache';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

export interface CacheStackProps extends PlatformStackProps {
  /** VPC of the Network stack. */
  readonly vpc: IVpc;
  /** KMS key of data at rest, from the Network stack. */
  readonly dataKey: IKey;
  /** KMS key of log groups, from the Network stack. */
  readonly logsKey: IKey;
}

/** Valkey, the API's cache. */
export class CacheStack extends PlatformStack {
  readonly cache: ValkeyCache;

  constructor(scope: Construct, id: StackId, props: CacheStackProps) {
    super(scope, id, props, { description: 'Valkey replication group', stateful: true });
    const { config, vpc, dataKey, logsKey } = props;

    this.cache = new ValkeyCache(this, 'Cache', {
      ...config.cache,
      vpc,
      encryptionKey: dataKey,
      logsKey,
      replicationGroupId: cacheName(config.environment),
      logGroupPrefix: `/${PROJECT}/${config.environment}/cache`,
      user: apiCacheUser(config.environment),
      port: CACHE_PORT,
      retain: config.retainData,
    });

    new CfnOutput(this, OUTPUTS.cacheEndpoint.key, { value: this.cache.endpoint });
  }
}
