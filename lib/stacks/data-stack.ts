import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { instanceMemoryGib } from '../config/instance-memory';
import {
  API_DATABASE_USER,
  DATABASE_NAME,
  DATABASE_PORT,
  OUTPUTS,
  PROJECT,
  type StackId,
} from '../config/names';
import { ApiDatabaseAccess } from '../constructs/database/api-database-access';
import { DatabaseUpkeep } from '../constructs/database/database-upkeep';
import { PostgresDatabase } from '../constructs/database/postgres-database';
import { SchemaMigrations } from '../constructs/database/schema-migrations';
import { DeadLetterQueue } from '../constructs/functions/dead-letter-queue';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

export interface DataStackProps extends PlatformStackProps {
  readonly vpc: IVpc;
  readonly dataKey: IKey;
  readonly logsKey: IKey;
}

/** The database, its schema and upkeep, and the way in to it. */
export class DataStack extends PlatformStack {
  readonly database: PostgresDatabase;
  readonly access: ApiDatabaseAccess;
  readonly upkeep: DatabaseUpkeep;

  constructor(scope: Construct, id: StackId, props: DataStackProps) {
    super(scope, id, props, { description: 'PostgreSQL, its schema and its pooler', stateful: true });
    const { config, vpc, dataKey, logsKey } = props;
    const { database } = config;

    this.database = new PostgresDatabase(this, 'Database', {
      ...database,
      memoryGib: instanceMemoryGib(database.instanceClass),
      vpc,
      encryptionKey: dataKey,
      logsKey,
      identifier: `${PROJECT}-${config.environment}`,
      databaseName: DATABASE_NAME,
      port: DATABASE_PORT,
      backupRetention: Duration.days(database.backupRetentionDays),
      monitoringInterval: Duration.seconds(database.monitoringIntervalSeconds),
      parameters: {
        max_connections: String(database.maxConnections),
        log_min_duration_statement: String(database.slowQueryMilliseconds),
      },
      retain: config.retainData,
    });
    this.access = new ApiDatabaseAccess(this, 'Access', {
      vpc,
      database: this.database,
      encryptionKey: dataKey,
      databaseName: DATABASE_NAME,
      port: DATABASE_PORT,
      user: API_DATABASE_USER,
      authentication: database.authentication,
      pooler: database.pooler,
      proxy: database.proxy,
      retain: config.retainData,
    });

    const name = `${PROJECT}-${config.environment}-database`;
    const logGroup = `/${PROJECT}/${config.environment}/database`;
    const functions = {
      vpc,
      database: this.database,
      databaseName: DATABASE_NAME,
      port: DATABASE_PORT,
      encryptionKey: dataKey,
      environmentName: config.environment,
      deadLetterQueue: new DeadLetterQueue(this, 'DeadLetters', { queueName: `${name}-dead-letters` }),
      tracing: false,
      logRetentionDays: database.logRetentionDays,
      logsKey,
      retain: config.retainData,
    };
    const schema = new SchemaMigrations(this, 'Schema', {
      ...functions,
      functionName: `${name}-migrator`,
      logGroupName: `${logGroup}-migrator`,
      apiUserSecret: this.access.userSecret,
    });
    this.upkeep = new DatabaseUpkeep(this, 'Upkeep', {
      ...functions,
      namePrefix: name,
      logGroupPrefix: logGroup,
      scheduleGroup: new ScheduleGroup(this, 'Schedules', {
        scheduleGroupName: name,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      retentionMonths: database.requestRetentionMonths,
    });
    // Its roles and tables are the migrations'.
    this.upkeep.node.addDependency(schema.resource);

    new CfnOutput(this, OUTPUTS.databaseEndpoint.key, { value: this.access.endpoint });
    if (this.access.userSecret) {
      new CfnOutput(this, OUTPUTS.databaseUserSecretArn.key, { value: this.access.userSecret.secretArn });
    }
    if (database.readReplicas > 0) {
      new CfnOutput(this, OUTPUTS.databaseReaderEndpoint.key, {
        value: this.access.readerEndpoints.join(','),
      });
    }
  }
}
