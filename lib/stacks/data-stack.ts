import { CfnOutput, Duration } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import {
  API_DATABASE_USER,
  DATABASE_NAME,
  DATABASE_PORT,
  OUTPUTS,
  PROJECT,
  type StackId,
} from '../config/names';
import { ApiDatabaseAccess } from '../constructs/api-database-access';
import { PostgresDatabase } from '../constructs/postgres-database';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

export interface DataStackProps extends PlatformStackProps {
  readonly vpc: IVpc;
  readonly dataKey: IKey;
  readonly logsKey: IKey;
}

/** The database and the way in to it. */
export class DataStack extends PlatformStack {
  readonly database: PostgresDatabase;
  readonly access: ApiDatabaseAccess;

  constructor(scope: Construct, id: StackId, props: DataStackProps) {
    super(scope, id, props, { description: 'PostgreSQL and its pooler', stateful: true });
    const { config, vpc, dataKey, logsKey } = props;
    const { database } = config;

    this.database = new PostgresDatabase(this, 'Database', {
      ...database,
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
