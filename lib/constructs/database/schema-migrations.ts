import { join } from 'node:path';
import { CfnCustomResource, Duration, FileSystem, Size } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { DATABASE_ENVIRONMENT, MIGRATIONS_FOLDER } from '../../../lambda/database/constants';
import { DatabaseFunction, type SharedDatabaseFunctionProps } from './database-function';

/** SQL files, from the root of the repository. */
const MIGRATIONS = 'lambda/database/migrations';

/** Longest that Lambda runs. */
const TIMEOUT = Duration.minutes(15);

/** After it CloudFormation gives up on an answer; the function answers before its own time-out. */
const SERVICE_TIMEOUT = TIMEOUT.plus(Duration.minutes(2));

export interface SchemaMigrationsProps extends SharedDatabaseFunctionProps {
  readonly functionName: string;
  readonly logGroupName: string;
  /** Secret of the API's user. @default - the API logs in with IAM */
  readonly apiUserSecret?: ISecret;
}

/**
 * Brings the schema up to the SQL of this repository on each deployment that changes it. A migration that fails fails
 * the deployment; deleting the resource leaves the database alone.
 */
export class SchemaMigrations extends Construct {
  /** What has to come after the migrations depends on it. */
  readonly resource: CfnCustomResource;

  constructor(scope: Construct, id: string, props: SchemaMigrationsProps) {
    super(scope, id);
    const migrator = this.createFunction(props);
    this.resource = this.createResource(migrator, props);
  }

  private createFunction({ apiUserSecret, ...props }: SchemaMigrationsProps): DatabaseFunction {
    const migrator = new DatabaseFunction(this, 'Function', {
      ...props,
      description: 'Brings the database schema up to date',
      entry: 'lambda/database/migrator/handler.ts',
      memory: Size.mebibytes(512),
      timeout: TIMEOUT,
      eventMaxAge: TIMEOUT,
      retries: 1, // after a crash, which gave CloudFormation no answer; a run that failed has answered
      commandHooks: {
        beforeBundling: () => [],
        beforeInstall: () => [],
        afterBundling: (input, output) => [
          `cp -R "${join(input, MIGRATIONS)}" "${join(output, MIGRATIONS_FOLDER)}"`,
        ],
      },
    });
    migrator.readSecret(props.database.masterSecret, DATABASE_ENVIRONMENT.masterSecretArn);
    if (apiUserSecret) migrator.readSecret(apiUserSecret, DATABASE_ENVIRONMENT.apiSecretArn);
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
    resource.addPropertyOverride('ApiAuthentication', props.apiUserSecret ? 'password' : 'iam');
    // Its rights and its way through the security groups are there first.
    resource.node.addDependency(migrator);
    return resource;
  }
}
