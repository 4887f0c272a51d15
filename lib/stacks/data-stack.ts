import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { instanceMemoryGib } from '../config/instance-memory';
import {
  ADMIN_DATABASE_USER,
  API_DATABASE_USER,
  DATABASE_NAME,
  DATABASE_PORT,
  OUTPUTS,
  PROJECT,
  type StackId,
  WRITER_DATABASE_USER,
} from '../config/names';
import { ApiDatabaseAccess } from '../constructs/database/api-database-access';
import type { SharedDatabaseFunctionProps } from '../constructs/database/database-function';
import { DatabaseUpkeep } from '../constructs/database/database-upkeep';
import { FirstAdminKey } from '../constructs/database/first-admin-key';
import { PostgresDatabase } from '../constructs/database/postgres-database';
import { SchemaMigrations } from '../constructs/database/schema-migrations';
import { DeadLetterQueue } from '../constructs/functions/dead-letter-queue';
import { BudgetTopic } from '../constructs/gateway/budget-topic';
import { ProviderKeys } from '../constructs/gateway/provider-keys';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

export interface DataStackProps extends PlatformStackProps {
  /** VPC of the Network stack. */
  readonly vpc: IVpc;
  /** KMS key of data at rest, from the Network stack. */
  readonly dataKey: IKey;
  /** KMS key of log groups, from the Network stack. */
  readonly logsKey: IKey;
}

/**
 * The database, its schema, its scheduled maintenance, the access of API and admin servers, the first API key, and what
 * the gateway needs: the providers' keys and the topic of budgets.
 */
export class DataStack extends PlatformStack {
  readonly database: PostgresDatabase;
  /** Endpoints of the database, and the right to connect. */
  readonly access: ApiDatabaseAccess;
  /** Scheduled maintenance of the database. */
  readonly upkeep: DatabaseUpkeep;
  /** Secret with the first API key of the organisation. */
  readonly firstAdminKey: FirstAdminKey;
  /** Secret with the keys of LLM providers. */
  readonly providerKeys: ProviderKeys;
  /** Topic of budgets that reach their warning or their limit. */
  readonly budgetTopic: BudgetTopic;

  constructor(scope: Construct, id: StackId, props: DataStackProps) {
    super(scope, id, props, { description: 'PostgreSQL, its schema and its pooler', stateful: true });
    this.database = this.createDatabase(props);
    this.access = this.createAccess(props);
    const functions = this.functionProps(props);
    const schema = this.createSchema(functions);
    this.upkeep = this.createUpkeep(functions);
    // The migrations create the roles and tables that its functions use.
    this.upkeep.node.addDependency(schema.resource);
    this.firstAdminKey = new FirstAdminKey(this, 'FirstAdminKey', {
      encryptionKey: props.dataKey,
      retain: this.config.retainData,
    });
    this.providerKeys = new ProviderKeys(this, 'ProviderKeys', {
      encryptionKey: props.dataKey,
      retain: this.config.retainData,
    });
    this.budgetTopic = new BudgetTopic(this, 'BudgetTopic', {
      topicName: `${PROJECT}-${this.config.environment}-budgets`,
      encryptionKey: props.dataKey,
    });
    this.writeOutputs();
  }

  /** Start of the names of functions and schedules. */
  private get namePrefix(): string {
    return `${PROJECT}-${this.config.environment}-database`;
  }

  private get logGroupPrefix(): string {
    return `/${PROJECT}/${this.config.environment}/database`;
  }

  private createDatabase({ dataKey, logsKey, vpc }: DataStackProps): PostgresDatabase {
    const { database, environment, retainData } = this.config;
    return new PostgresDatabase(this, 'Database', {
      ...database,
      memoryGib: instanceMemoryGib(database.instanceClass),
      vpc,
      encryptionKey: dataKey,
      logsKey,
      identifier: `${PROJECT}-${environment}`,
      databaseName: DATABASE_NAME,
      port: DATABASE_PORT,
      backupRetention: Duration.days(database.backupRetentionDays),
      monitoringInterval: Duration.seconds(database.monitoringIntervalSeconds),
      parameters: {
        max_connections: String(database.maxConnections),
        log_min_duration_statement: String(database.slowQueryMilliseconds),
      },
      retain: retainData,
    });
  }

  private createAccess({ dataKey, vpc }: DataStackProps): ApiDatabaseAccess {
    const { database, retainData } = this.config;
    return new ApiDatabaseAccess(this, 'Access', {
      vpc,
      database: this.database,
      encryptionKey: dataKey,
      databaseName: DATABASE_NAME,
      port: DATABASE_PORT,
      users: { api: API_DATABASE_USER, writer: WRITER_DATABASE_USER, admin: ADMIN_DATABASE_USER },
      authentication: database.authentication,
      pooler: database.pooler,
      proxy: database.proxy,
      retain: retainData,
    });
  }

  /** What the functions that work on the database have in common. */
  private functionProps({ dataKey, logsKey, vpc }: DataStackProps): SharedDatabaseFunctionProps {
    const { database, environment, retainData } = this.config;
    return {
      vpc,
      database: this.database,
      databaseName: DATABASE_NAME,
      port: DATABASE_PORT,
      encryptionKey: dataKey,
      environmentName: environment,
      deadLetterQueue: new DeadLetterQueue(this, 'DeadLetters', {
        queueName: `${this.namePrefix}-dead-letters`,
      }),
      tracing: false,
      logRetentionDays: database.logRetentionDays,
      logsKey,
      retain: retainData,
    };
  }

  private createSchema(functions: SharedDatabaseFunctionProps): SchemaMigrations {
    return new SchemaMigrations(this, 'Schema', {
      ...functions,
      functionName: `${this.namePrefix}-migrator`,
      logGroupName: `${this.logGroupPrefix}-migrator`,
      retentionMonths: this.config.database.requestRetentionMonths,
      userSecrets: this.access.userSecrets,
    });
  }

  private createUpkeep(functions: SharedDatabaseFunctionProps): DatabaseUpkeep {
    return new DatabaseUpkeep(this, 'Upkeep', {
      ...functions,
      namePrefix: this.namePrefix,
      logGroupPrefix: this.logGroupPrefix,
      scheduleGroup: new ScheduleGroup(this, 'Schedules', {
        scheduleGroupName: this.namePrefix,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      retentionMonths: this.config.database.requestRetentionMonths,
      promptRetentionDays: this.config.database.promptRetentionDays,
      summaryRefreshHours: this.config.database.summaryRefreshHours,
    });
  }

  private writeOutputs(): void {
    const { endpoint, readerEndpoints, userSecrets } = this.access;
    new CfnOutput(this, OUTPUTS.databaseEndpoint.key, { value: endpoint });
    new CfnOutput(this, OUTPUTS.firstAdminKeySecretArn.key, { value: this.firstAdminKey.secretArn });
    new CfnOutput(this, OUTPUTS.gatewaySecretArn.key, { value: this.providerKeys.secretArn });
    new CfnOutput(this, OUTPUTS.budgetTopicArn.key, { value: this.budgetTopic.topicArn });
    if (userSecrets) {
      const { api, writer, admin } = userSecrets;
      new CfnOutput(this, OUTPUTS.databaseUserSecretArn.key, { value: api.secretArn });
      new CfnOutput(this, OUTPUTS.databaseWriterSecretArn.key, { value: writer.secretArn });
      new CfnOutput(this, OUTPUTS.databaseAdminSecretArn.key, { value: admin.secretArn });
    }
    if (this.config.database.readReplicas > 0) {
      new CfnOutput(this, OUTPUTS.databaseReaderEndpoint.key, { value: readerEndpoints.join(',') });
    }
  }
}
