import { join } from 'node:path';
import { CfnCustomResource, Duration, FileSystem, Size } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { DATABASE_ENVIRONMENT, MIGRATIONS_FOLDER } from '../../../lambda/database/constants';
import type { DatabaseUsers } from './api-database-access';
import { DatabaseFunction, type SharedDatabaseFunctionProps } from './database-function';

/** Folder of the SQL files, relative to the root of the repository. */
const MIGRATIONS = 'lambda/database/migrations';

/** Longest run that Lambda allows. */
const TIMEOUT = Duration.minutes(15);

/** How long CloudFormation waits for an answer; the function answers before its own time-out. */
const SERVICE_TIMEOUT = TIMEOUT.plus(Duration.minutes(2));

export interface SchemaMigrationsProps extends SharedDatabaseFunctionProps {
  /** Name of the migrator function, unique in account and region. */
  readonly functionName: string;
  /** Name of the migrator's log group. */
  readonly logGroupName: string;
  /** Whole months that requests stay in the table; each of them gets a partition. */
  readonly retentionMonths: number;
  /** Secrets of the service's users, whose passwords the migrations set. @default - they log in with IAM tokens */
  readonly userSecrets?: DatabaseUsers<ISecret>;
}

/**
 * Custom resource that applies this repository's SQL migrations on each deployment that changes them. A migration that
 * fails makes the deployment fail. Deleting the resource does not change the database.
 */
export class SchemaMigrations extends Construct {
  /** Resources that need the migrated schema must depend on it. */
  readonly resource: CfnCustomResource;

  constructor(scope: Construct, id: string, props: SchemaMigrationsProps) {
    super(scope, id);
    const migrator = this.createFunction(props);
    this.resource = this.createResource(migrator, props);
  }

  private createFunction({
    userSecrets,
    retentionMonths,
    ...props
  }: SchemaMigrationsProps): DatabaseFunction {
    const migrator = new DatabaseFunction(this, 'Function', {
      ...props,
      description: 'Brings the database schema up to date',
      entry: 'lambda/database/migrator/handler.ts',
      memory: Size.mebibytes(512),
      timeout: TIMEOUT,
      eventMaxAge: TIMEOUT,
      retries: 1, // for a crash, which sends CloudFormation no answer; a run that fails has answered
      commandHooks: {
        beforeBundling: () => [],
        beforeInstall: () => [],
        afterBundling: (input, output) => [
          `cp -R "${join(input, MIGRATIONS)}" "${join(output, MIGRATIONS_FOLDER)}"`,
        ],
      },
    });
    migrator.readSecret(props.database.masterSecret, DATABASE_ENVIRONMENT.masterSecretArn);
    migrator.addEnvironment(DATABASE_ENVIRONMENT.retentionMonths, String(retentionMonths));
    if (userSecrets) {
      migrator.readSecret(userSecrets.api, DATABASE_ENVIRONMENT.apiSecretArn);
      migrator.readSecret(userSecrets.writer, DATABASE_ENVIRONMENT.writerSecretArn);
      migrator.readSecret(userSecrets.admin, DATABASE_ENVIRONMENT.adminSecretArn);
    }
    return migrator;
  }

  private createResource(migrator: DatabaseFunction, props: SchemaMigrationsProps): CfnCustomResource {
    const resource = new CfnCustomResource(this, 'Resource', {
      serviceToken: migrator.functionArn,
      serviceTimeout: SERVICE_TIMEOUT.toSeconds(),
    });
    // A change of either runs the migrations again.
    resource.addPropertyOverride(
      'Migrations',
      FileSystem.fingerprint(join(__dirname, '..', '..', '..', MIGRATIONS)),
    );
    resource.addPropertyOverride('ApiAuthentication', props.userSecrets ? 'password' : 'iam');
    // The function's rights and security group rules must exist before it runs.
    resource.node.addDependency(migrator);
    return resource;
  }
}
