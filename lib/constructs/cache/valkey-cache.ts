import { CfnDeletionPolicy, Stack, Validations } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  Connections,
  type IConnectable,
  type IVpc,
  Port,
  SecurityGroup,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2';
import {
  CfnParameterGroup,
  CfnReplicationGroup,
  CfnSubnetGroup,
  CfnUser,
  CfnUserGroup,
} from 'aws-cdk-lib/aws-elasticache';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EncryptedLogGroup } from '../storage/encrypted-log-group';

/**
 * ACL of the API's user: all keys, and all commands except administrative and dangerous ones. Clients need
 * `INFO`.
 */
const API_ACCESS = 'on ~* &* +@all -@admin -@dangerous +info';

/**
 * Users and groups of this engine work with Valkey too. A `valkey` group rejects users without a password, and the
 * disabled default user has no password.
 */
const RBAC_ENGINE = 'redis';

/** Most metrics that CloudWatch accepts in the expression of one alarm. */
const METRICS_OF_AN_ALARM = 10;

export interface ValkeyCacheProps {
  /** VPC whose isolated subnets the nodes run in. */
  readonly vpc: IVpc;
  /** KMS key that encrypts data at rest and snapshots. */
  readonly encryptionKey: IKey;
  /** KMS key of the log groups; its policy lets CloudWatch Logs use it. */
  readonly logsKey: IKey;
  /** Id of the replication group, at most 40 characters. */
  readonly replicationGroupId: string;
  /** Start of the log groups' names, e.g. `/llm-cost-ops/prod/cache`. */
  readonly logGroupPrefix: string;
  /** RBAC user with IAM authentication; both its id and its name, as IAM authentication requires. */
  readonly user: string;
  /** TCP port of the nodes and of the configuration endpoint. */
  readonly port: number;
  /** Valkey version, `major.minor`. */
  readonly engineVersion: string;
  /** Node type, e.g. `cache.r7g.large`. */
  readonly nodeType: string;
  /** Shards (node groups), 1 to 90. */
  readonly shards: number;
  /** Replicas of each shard, 0 to 5. */
  readonly replicasPerShard: number;
  /** Spread the nodes of each shard over availability zones; needs a replica. */
  readonly multiAz: boolean;
  /** `maxmemory-policy`: which keys Valkey evicts when memory is full, e.g. `allkeys-lru`. */
  readonly evictionPolicy: string;
  /** Days that daily snapshots are kept, 0 to 35; 0 takes no snapshots. */
  readonly snapshotRetentionDays: number;
  /** Days that log events are kept; CloudWatch Logs accepts certain numbers only, e.g. 30. */
  readonly logRetentionDays: number;
  /** Take a last snapshot and keep the logs when the stack is deleted. */
  readonly retain: boolean;
}

/**
 * ElastiCache for Valkey in cluster mode: encrypted in transit and at rest, IAM log-in only, failover, slow and
 * engine logs. aws-cdk-lib has no higher-level construct for it.
 */
export class ValkeyCache extends Construct implements IConnectable {
  /** Host of the configuration endpoint, from which a cluster client discovers the shards. */
  readonly endpoint: string;
  readonly connections: Connections;

  private readonly props: ValkeyCacheProps;
  private readonly securityGroup: SecurityGroup;
  private readonly user: CfnUser;
  private readonly group: CfnReplicationGroup;

  constructor(scope: Construct, id: string, props: ValkeyCacheProps) {
    super(scope, id);
    this.props = props;
    this.securityGroup = this.createSecurityGroup();
    this.connections = new Connections({
      securityGroups: [this.securityGroup],
      defaultPort: Port.tcp(props.port),
    });
    this.user = this.createUser('User', {
      userId: props.user,
      userName: props.user,
      accessString: API_ACCESS,
      type: 'iam',
    });
    this.group = this.createReplicationGroup();
    this.endpoint = this.group.attrConfigurationEndPointAddress;
  }

  /** Lets `grantee` log in as the API's user with an IAM token. */
  grantConnect(grantee: IGrantable): Grant {
    const arn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: 'elasticache', resource: `${resource}:${resourceName}` });
    return Grant.addToPrincipal({
      grantee,
      actions: ['elasticache:Connect'],
      resourceArns: [arn('replicationgroup', this.props.replicationGroupId), arn('user', this.props.user)],
    });
  }

  /** Share of look-ups that hit, percent, over all nodes. */
  metricCacheHitRate(options?: MetricOptions): MathExpression {
    const hits = this.ofNodes(this.nodes(), 'hits', 'CacheHits', { statistic: 'Sum' });
    const misses = this.ofNodes(this.nodes(), 'misses', 'CacheMisses', { statistic: 'Sum' });
    const sum = (metrics: Record<string, IMetric>) => `SUM([${Object.keys(metrics).join(', ')}])`;
    const expression = `100 * ${sum(hits)} / (${sum(hits)} + ${sum(misses)})`;
    return combined(expression, 'Cache hits, %', { ...hits, ...misses }, options);
  }

  /** Keys that were evicted because memory was full, all nodes. */
  metricEvictions(options?: MetricOptions): MathExpression {
    return this.metric('Evictions', 'SUM', { statistic: 'Sum', ...options });
  }

  /** Client connections, all nodes. */
  metricConnections(options?: MetricOptions): MathExpression {
    return this.metric('CurrConnections', 'SUM', options);
  }

  /** CPU of the busiest engine's main thread, percent. For graphs: it uses more metrics than an alarm accepts. */
  metricEngineCpuUtilization(options?: MetricOptions): MathExpression {
    return this.busiest(this.nodes(), options);
  }

  /**
   * Memory in use on the fullest node, percent of maxmemory. For graphs: it uses more metrics than an alarm
   * accepts.
   */
  metricMemoryUsage(options?: MetricOptions): MathExpression {
    return this.metric('DatabaseMemoryUsagePercentage', 'MAX', options);
  }

  /**
   * CPU of the busiest engine's main thread, percent; it reaches 100 long before the host's CPU does. A node that
   * publishes nothing is down and counts as 100. One metric for every ten nodes, the most that an alarm accepts.
   */
  metricsEngineCpuUtilization(options?: MetricOptions): MathExpression[] {
    return chunks(this.nodes(), METRICS_OF_AN_ALARM).map((nodes) => this.busiest(nodes, options));
  }

  /**
   * Memory in use on the fullest of the nodes that evict keys, percent of maxmemory; 0 while no node evicts, because a
   * full cache is not a problem by itself. One metric for every five nodes, each of which takes two metrics.
   */
  metricsMemoryPressure(options?: MetricOptions): MathExpression[] {
    return chunks(this.nodes(), METRICS_OF_AN_ALARM / 2).map((nodes) => {
      const memory = this.ofNodes(nodes, 'memory', 'DatabaseMemoryUsagePercentage');
      const evictions = this.ofNodes(nodes, 'evictions', 'Evictions', { statistic: 'Sum' });
      const pressures = Object.fromEntries(
        nodes.map((_, index) => {
          const [used, evicted] = [`memory${index}`, `evictions${index}`];
          const usingMetrics = pick({ ...memory, ...evictions }, used, evicted);
          const expression = `IF(FILL(${evicted}, 0) > 0, ${used}, 0)`;
          return [`pressure${index}`, combined(expression, 'Memory', usingMetrics, options)];
        }),
      );
      return combined(
        `MAX([${Object.keys(pressures).join(', ')}])`,
        'Memory while keys go',
        pressures,
        options,
      );
    });
  }

  private createSecurityGroup(): SecurityGroup {
    return new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.props.vpc,
      description: `Valkey of ${this.props.replicationGroupId}`,
      allowAllOutbound: false,
    });
  }

  private createUser(
    id: string,
    {
      type,
      ...props
    }: { userId: string; userName: string; accessString: string; type: 'iam' | 'no-password-required' },
  ): CfnUser {
    return new CfnUser(this, id, { ...props, engine: RBAC_ENGINE, authenticationMode: { Type: type } });
  }

  /** The API's user and the default user, which a group must have and which is disabled. */
  private createUserGroup(): CfnUserGroup {
    const { replicationGroupId } = this.props;
    const off = this.createUser('DefaultUser', {
      userId: `${replicationGroupId}-off`,
      userName: 'default',
      accessString: 'off ~* -@all',
      type: 'no-password-required',
    });
    return new CfnUserGroup(this, 'UserGroup', {
      engine: RBAC_ENGINE,
      userGroupId: `${replicationGroupId}-users`,
      userIds: [off.ref, this.user.ref],
    });
  }

  private createSubnetGroup(): CfnSubnetGroup {
    const { vpc, replicationGroupId } = this.props;
    return new CfnSubnetGroup(this, 'SubnetGroup', {
      description: `Isolated subnets of ${replicationGroupId}`,
      subnetIds: vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_ISOLATED }).subnetIds,
    });
  }

  private createParameterGroup(): CfnParameterGroup {
    const { engineVersion, evictionPolicy, replicationGroupId } = this.props;
    return new CfnParameterGroup(this, 'Parameters', {
      cacheParameterGroupFamily: `valkey${engineVersion.split('.')[0]}`,
      description: `Valkey of ${replicationGroupId}`,
      properties: { 'cluster-enabled': 'yes', 'maxmemory-policy': evictionPolicy },
    });
  }

  private createReplicationGroup(): CfnReplicationGroup {
    const { props } = this;
    const group = new CfnReplicationGroup(this, 'ReplicationGroup', {
      replicationGroupId: props.replicationGroupId,
      replicationGroupDescription: `Cache of ${props.replicationGroupId}`,
      engine: 'valkey',
      engineVersion: props.engineVersion,
      cacheNodeType: props.nodeType,
      port: props.port,
      numNodeGroups: props.shards,
      replicasPerNodeGroup: props.replicasPerShard,
      clusterMode: 'enabled',
      // Cluster mode requires it, even without a replica to fail over to.
      automaticFailoverEnabled: true,
      multiAzEnabled: props.multiAz,
      cacheParameterGroupName: this.createParameterGroup().ref,
      cacheSubnetGroupName: this.createSubnetGroup().ref,
      securityGroupIds: [this.securityGroup.securityGroupId],
      userGroupIds: [this.createUserGroup().ref],
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      kmsKeyId: props.encryptionKey.keyArn,
      autoMinorVersionUpgrade: true,
      snapshotRetentionLimit: props.snapshotRetentionDays,
      snapshotWindow: '03:00-04:00',
      preferredMaintenanceWindow: 'sun:04:30-sun:05:30',
      logDeliveryConfigurations: [this.delivery('slow-log'), this.delivery('engine-log')],
    });
    group.cfnOptions.deletionPolicy = props.retain ? CfnDeletionPolicy.SNAPSHOT : CfnDeletionPolicy.DELETE;
    group.cfnOptions.updateReplacePolicy = group.cfnOptions.deletionPolicy;
    // A change of the number of shards reshards online instead of replacing the group.
    group.cfnOptions.updatePolicy = { useOnlineResharding: true };
    Validations.of(group).acknowledge(
      {
        id: 'AwsSolutions-AEC6',
        reason: 'An AUTH token is one password for everybody; RBAC users with IAM tokens take its place.',
      },
      ...(props.multiAz
        ? []
        : [{ id: 'AwsSolutions-AEC4', reason: 'The configuration opts out with multiAz: false.' }]),
    );
    return group;
  }

  private delivery(
    logType: 'slow-log' | 'engine-log',
  ): CfnReplicationGroup.LogDeliveryConfigurationRequestProperty {
    const logGroup = new EncryptedLogGroup(this, logType, {
      logGroupName: `${this.props.logGroupPrefix}/${logType}`,
      retentionDays: this.props.logRetentionDays,
      encryptionKey: this.props.logsKey,
      retain: this.props.retain,
    });
    return {
      logType,
      logFormat: 'json',
      destinationType: 'cloudwatch-logs',
      destinationDetails: { cloudWatchLogsDetails: { logGroup: logGroup.logGroupName } },
    };
  }

  /** Ids of the nodes: the dimension of the metrics of a cluster-mode group. */
  private nodes(): string[] {
    const { replicationGroupId, shards, replicasPerShard } = this.props;
    return Array.from({ length: shards }, (_, shard) => shard + 1).flatMap((shard) =>
      Array.from({ length: replicasPerShard + 1 }, (_, node) => node + 1).map(
        (node) => `${replicationGroupId}-${String(shard).padStart(4, '0')}-${String(node).padStart(3, '0')}`,
      ),
    );
  }

  private busiest(nodes: readonly string[], options?: MetricOptions): MathExpression {
    const usingMetrics = this.ofNodes(nodes, 'n', 'EngineCPUUtilization');
    return combined('MAX(FILL(METRICS(), 100))', 'EngineCPUUtilization', usingMetrics, options);
  }

  /** A metric of all nodes, combined by `over`. */
  private metric(metricName: string, over: 'MAX' | 'SUM', options?: MetricOptions): MathExpression {
    const usingMetrics = this.ofNodes(this.nodes(), 'n', metricName, options);
    return combined(`${over}(METRICS())`, metricName, usingMetrics, options);
  }

  /** A metric of each node, by the ids `<id>0`, `<id>1`, … */
  private ofNodes(
    nodes: readonly string[],
    id: string,
    metricName: string,
    options?: MetricOptions,
  ): Record<string, IMetric> {
    return Object.fromEntries(
      nodes.map((CacheClusterId, index) => [
        `${id}${index}`,
        new Metric({
          namespace: 'AWS/ElastiCache',
          metricName,
          dimensionsMap: { CacheClusterId },
          ...options,
        }),
      ]),
    );
  }
}

function combined(
  expression: string,
  label: string,
  usingMetrics: Record<string, IMetric>,
  options?: MetricOptions,
): MathExpression {
  return new MathExpression({ expression, label, usingMetrics, period: options?.period });
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function pick<T>(record: Record<string, T>, ...keys: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => keys.includes(key)));
}
