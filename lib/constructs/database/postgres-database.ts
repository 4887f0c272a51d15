import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type IMetric, MathExpression, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type Connections,
  type IConnectable,
  InstanceType,
  type IVpc,
  SecurityGroup,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import {
  CaCertificate,
  Credentials,
  DatabaseInsightsMode,
  DatabaseInstance,
  DatabaseInstanceEngine,
  type DatabaseInstanceNewProps,
  DatabaseInstanceReadReplica,
  DatabaseSecret,
  type IInstanceEngine,
  ParameterGroup,
  PerformanceInsightRetention,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { EncryptedLogGroup } from '../storage/encrypted-log-group';
import { removalPolicy } from '../storage/removal';
import { LOG_PARAMETERS } from './log-parameters';

/** Master user; only migrations and people log in with it. */
const MASTER_USER = 'postgres';

/** Interval at which our own rotation changes the master password; a secret that RDS manages rotates every 7 days. */
const ROTATION_PERIOD = Duration.days(30);

/**
 * Baseline performance of gp3 storage of RDS, included in its price: operations and MiB per second, for volumes of
 * `fromGib` and more. Storage that later grows past 400 GiB gets the higher baseline, so the computed use is then too
 * high, which is the safe side.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage
 */
const GP3_BASELINES = [
  { fromGib: 400, operations: 12_000, mebibytes: 500 },
  { fromGib: 0, operations: 3_000, mebibytes: 125 },
];

const MEBIBYTE = 1024 ** 2;
const GIBIBYTE = 1024 ** 3;

export interface PostgresDatabaseProps {
  /** VPC whose isolated subnets the instances run in. */
  readonly vpc: IVpc;
  /** KMS key that encrypts storage, Performance Insights and secrets. */
  readonly encryptionKey: IKey;
  /** KMS key of the log groups; its policy lets CloudWatch Logs use it. */
  readonly logsKey: IKey;
  /** RDS instance identifier, also part of log group and metric names; replicas append `-replica-<n>`. */
  readonly identifier: string;
  /** PostgreSQL database that RDS creates with the instance. */
  readonly databaseName: string;
  /** TCP port of the server and its replicas. */
  readonly port: number;
  /** PostgreSQL version, `major.minor`. */
  readonly engineVersion: string;
  /** Instance class without `db.`, e.g. `r8g.large`. */
  readonly instanceClass: string;
  /** Memory of the instance class, GiB. */
  readonly memoryGib: number;
  /** Initial gp3 storage, GiB, 20 to 65536. */
  readonly allocatedStorageGib: number;
  /** Limit up to which RDS grows the storage by itself, GiB. */
  readonly maxAllocatedStorageGib: number;
  /** Run a synchronous standby in a second availability zone. */
  readonly multiAz: boolean;
  /** Number of read replicas, 0 to 5; with any, our own rotation changes the master password. */
  readonly readReplicas: number;
  /** How long automated backups are kept, 1 to 35 days; also the range of point-in-time recovery. */
  readonly backupRetention: Duration;
  /** RDS refuses to delete the instance while this is true. */
  readonly deletionProtection: boolean;
  /** Mode of CloudWatch Database Insights: `advanced` keeps 465 days, `standard` 7 days. */
  readonly insights: 'standard' | 'advanced';
  /** Granularity of enhanced monitoring: 1, 5, 10, 15, 30 or 60 s. */
  readonly monitoringInterval: Duration;
  /** Days that log events are kept; CloudWatch Logs accepts certain numbers only, e.g. 30. */
  readonly logRetentionDays: number;
  /** Parameters of the server in addition to `BASE_PARAMETERS`, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Take a final snapshot of the instance, and keep backups, secrets and logs, when the stack is deleted. */
  readonly retain: boolean;
}

/** Parameters of every server: statement statistics, TLS only, no idle transactions, no values in the log. */
const BASE_PARAMETERS: Readonly<Record<string, string>> = {
  ...LOG_PARAMETERS,
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'all',
  track_io_timing: '1',
  'rds.force_ssl': '1',
  // A session that is idle in a transaction delays vacuum and pins its pooled connection: end it after a minute.
  idle_in_transaction_session_timeout: '60000',
};

/** RDS for PostgreSQL in isolated subnets: encrypted, IAM log-in, backups, insights, optional replicas. */
export class PostgresDatabase extends Construct implements IConnectable {
  readonly instance: DatabaseInstance;
  readonly replicas: readonly DatabaseInstanceReadReplica[];
  /** Secret with the master user's name and password. */
  readonly masterSecret: ISecret;
  readonly connections: Connections;

  private readonly props: PostgresDatabaseProps;
  private readonly engine: IInstanceEngine;
  private readonly parameterGroup: ParameterGroup;
  private readonly slowQueries: MetricFilter;

  constructor(scope: Construct, id: string, props: PostgresDatabaseProps) {
    super(scope, id);
    this.props = props;
    const [major = ''] = props.engineVersion.split('.');
    this.engine = DatabaseInstanceEngine.postgres({
      version: PostgresEngineVersion.of(props.engineVersion, major),
    });
    this.parameterGroup = this.createParameterGroup(major);
    const shared = this.sharedProps();
    const logGroup = this.logGroup(props.identifier, 'Logs');
    this.slowQueries = this.countSlowQueries(logGroup);
    this.instance = this.createInstance(shared, logGroup);
    this.connections = this.instance.connections;
    this.masterSecret = this.rotateMasterSecret();
    this.replicas = Array.from({ length: props.readReplicas }, (_, index) =>
      this.createReplica(shared, index + 1),
    );
  }

  /** Open connections of the server. */
  metricDatabaseConnections(options?: MetricOptions): Metric {
    return this.instance.metricDatabaseConnections(options);
  }

  /** CPU use, percent. */
  metricCpuUtilization(options?: MetricOptions): Metric {
    return this.instance.metricCPUUtilization(options);
  }

  /** Free storage, GiB. */
  metricFreeStorage(options?: MetricOptions): MathExpression {
    return new MathExpression({
      expression: `free / ${GIBIBYTE}`,
      usingMetrics: { free: this.instance.metricFreeStorageSpace() },
      label: 'Free storage, GiB',
      period: options?.period,
    });
  }

  /** Memory that is neither free nor reclaimable, percent of the class's memory. */
  metricMemoryUtilization(options?: MetricOptions): MathExpression {
    return new MathExpression({
      expression: `100 - 100 * freeable / ${this.props.memoryGib * GIBIBYTE}`,
      usingMetrics: { freeable: this.instance.metricFreeableMemory() },
      label: 'Memory use, %',
      period: options?.period,
    });
  }

  /** Disk use, percent of the baseline: of operations or of throughput, whichever is higher. */
  metricDiskIoUtilization(options?: MetricOptions): MathExpression {
    const { allocatedStorageGib } = this.props;
    const limit = GP3_BASELINES.find(({ fromGib }) => allocatedStorageGib >= fromGib);
    if (limit === undefined)
      throw new Error(`'allocatedStorageGib' must be at least 0, got ${allocatedStorageGib}`);
    const { operations, mebibytes } = limit;
    const share = (expression: string, usingMetrics: Record<string, IMetric>) =>
      new MathExpression({ expression, usingMetrics, period: options?.period });
    return new MathExpression({
      expression: 'MAX([operations, bytes])',
      usingMetrics: {
        operations: share(`100 * (reads + writes) / ${operations}`, {
          reads: this.instance.metricReadIOPS(),
          writes: this.instance.metricWriteIOPS(),
        }),
        bytes: share(`100 * (readBytes + writtenBytes) / ${mebibytes * MEBIBYTE}`, {
          readBytes: this.instance.metric('ReadThroughput'),
          writtenBytes: this.instance.metric('WriteThroughput'),
        }),
      },
      label: 'Disk use, %',
      period: options?.period,
    });
  }

  /** Replication lag, seconds; one metric for each read replica. */
  metricsReplicaLag(options?: MetricOptions): Metric[] {
    return this.replicas.map((replica) => replica.metric('ReplicaLag', options));
  }

  /** Statements that took at least as long as `log_min_duration_statement`. */
  metricSlowQueries(options?: MetricOptions): Metric {
    return this.slowQueries.metric({ statistic: 'Sum', label: 'Slow statements', ...options });
  }

  private createParameterGroup(major: string): ParameterGroup {
    return new ParameterGroup(this, 'Parameters', {
      engine: this.engine,
      description: `PostgreSQL ${major} of ${this.props.identifier}`,
      parameters: { ...BASE_PARAMETERS, ...this.props.parameters },
    });
  }

  private sharedProps(): DatabaseInstanceNewProps {
    const { props } = this;
    const advanced = props.insights === 'advanced';
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: `PostgreSQL of ${props.identifier}`,
      allowAllOutbound: false,
    });
    return {
      vpc: props.vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [securityGroup],
      port: props.port,
      publiclyAccessible: false,
      parameterGroup: this.parameterGroup,
      storageType: StorageType.GP3,
      maxAllocatedStorage: props.maxAllocatedStorageGib,
      iamAuthentication: true,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      copyTagsToSnapshot: true,
      deletionProtection: props.deletionProtection,
      removalPolicy: props.retain ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
      autoMinorVersionUpgrade: true,
      monitoringInterval: props.monitoringInterval,
      enablePerformanceInsights: true,
      databaseInsightsMode: advanced ? DatabaseInsightsMode.ADVANCED : DatabaseInsightsMode.STANDARD,
      // Advanced mode requires 465 days, which is the value of MONTHS_15.
      performanceInsightRetention: advanced
        ? PerformanceInsightRetention.MONTHS_15
        : PerformanceInsightRetention.DEFAULT,
      performanceInsightEncryptionKey: props.encryptionKey,
      cloudwatchLogsExports: ['postgresql'],
    };
  }

  private createInstance(shared: DatabaseInstanceNewProps, logGroup: EncryptedLogGroup): DatabaseInstance {
    const { props } = this;
    // RDS does not replicate an instance whose master secret it manages: with replicas the secret is created here.
    const credentials =
      props.readReplicas === 0
        ? {
            manageMasterUserPassword: true,
            credentials: Credentials.fromUsername(MASTER_USER, { encryptionKey: props.encryptionKey }),
          }
        : { credentials: Credentials.fromSecret(this.createMasterSecret()) };
    const instance = new DatabaseInstance(this, 'Instance', {
      ...shared,
      ...credentials,
      engine: this.engine,
      instanceIdentifier: props.identifier,
      instanceType: new InstanceType(props.instanceClass),
      databaseName: props.databaseName,
      allocatedStorage: props.allocatedStorageGib,
      storageEncrypted: true,
      storageEncryptionKey: props.encryptionKey,
      multiAz: props.multiAz,
      backupRetention: props.backupRetention,
      deleteAutomatedBackups: !props.retain,
    });
    instance.node.defaultChild?.node.addDependency(logGroup);
    this.acknowledge(instance);
    return instance;
  }

  private createMasterSecret(): DatabaseSecret {
    const secret = new DatabaseSecret(this, 'MasterSecret', {
      username: MASTER_USER,
      encryptionKey: this.props.encryptionKey,
    });
    secret.applyRemovalPolicy(removalPolicy(this.props.retain));
    return secret;
  }

  private createReplica(shared: DatabaseInstanceNewProps, number: number): DatabaseInstanceReadReplica {
    const identifier = `${this.props.identifier}-replica-${number}`;
    const replica = new DatabaseInstanceReadReplica(this, `Replica${number}`, {
      ...shared,
      sourceDatabaseInstance: this.instance,
      instanceIdentifier: identifier,
      instanceType: new InstanceType(this.props.instanceClass),
      // Encrypted like its source, with the same key.
      deletionProtection: false,
      // CloudFormation can recreate a replica from its source, so a snapshot would only cost money.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    replica.node.defaultChild?.node.addDependency(this.logGroup(identifier, `Replica${number}Logs`));
    this.acknowledge(replica);
    Validations.of(replica).acknowledge(
      {
        id: 'AwsSolutions-RDS2',
        reason: 'A replica is encrypted as its source is; RDS refuses to be told again.',
      },
      { id: 'AwsSolutions-RDS3', reason: 'A lost replica is made again; its source has the standby.' },
      {
        id: 'AwsSolutions-RDS10',
        reason: 'A replica holds nothing of its own, and their number may go down.',
      },
    );
    return replica;
  }

  /** RDS writes to a log group of this name; created here so that it has a key and a retention. */
  private logGroup(identifier: string, id: string): EncryptedLogGroup {
    return new EncryptedLogGroup(this, id, {
      logGroupName: `/aws/rds/instance/${identifier}/postgresql`,
      retentionDays: this.props.logRetentionDays,
      encryptionKey: this.props.logsKey,
      retain: this.props.retain,
    });
  }

  /** A metric filter has dimensions only from fields of the log events, so the namespace names the instance. */
  private countSlowQueries(logGroup: EncryptedLogGroup): MetricFilter {
    return new MetricFilter(this, 'SlowQueries', {
      logGroup,
      filterName: 'slow-queries',
      filterPattern: FilterPattern.literal('"LOG:  duration:"'),
      metricNamespace: `LlmCostOps/Database/${this.props.identifier}`,
      metricName: 'SlowQueries',
      metricValue: '1',
      defaultValue: 0,
    });
  }

  private rotateMasterSecret(): ISecret {
    const { secret } = this.instance;
    if (!secret) throw new Error(`database ${this.props.identifier} has no master secret to rotate`);
    if (this.props.readReplicas > 0) {
      this.instance.addRotationSingleUser({
        automaticallyAfter: ROTATION_PERIOD,
        // Not in the isolated subnets: the rotation function must reach Secrets Manager.
        vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      });
    }
    return secret;
  }

  private acknowledge(instance: DatabaseInstance | DatabaseInstanceReadReplica): void {
    const { multiAz, deletionProtection } = this.props;
    Validations.of(instance).acknowledge(
      {
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]',
        reason:
          'Enhanced monitoring writes to a log group of RDS; AWS keeps the policy for it as narrow as that.',
      },
      {
        id: 'AwsSolutions-RDS11',
        reason: 'A port is no secret: nothing but the security groups that the stacks name can reach it.',
      },
      ...(multiAz
        ? []
        : [{ id: 'AwsSolutions-RDS3', reason: 'The configuration opts out with multiAz: false.' }]),
      ...(deletionProtection
        ? []
        : [
            {
              id: 'AwsSolutions-RDS10',
              reason: 'The configuration opts out with deletionProtection: false.',
            },
          ]),
    );
  }
}
