import { CfnSecurityGroupIngress, type ISecurityGroup, Peer, Port } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { DATABASE_ENVIRONMENT } from '../../../lambda/database/constants';
import { VpcFunction, type VpcFunctionProps } from '../functions/vpc-function';
import { HttpsClientSecurityGroup } from '../network/https-client-security-group';
import { grantReadSecret } from './grant-read-secret';
import type { PostgresDatabase } from './postgres-database';

export interface DatabaseFunctionProps extends Omit<VpcFunctionProps, 'concurrency' | 'securityGroup'> {
  /** Server that the function connects to. */
  readonly database: PostgresDatabase;
  /** PostgreSQL database that the function works on. */
  readonly databaseName: string;
  /** TCP port of the server. */
  readonly port: number;
  /** KMS key that encrypts the database's secrets. */
  readonly encryptionKey: IKey;
  /** Name of the platform's environment, e.g. `prod`: dimension of the function's metrics. */
  readonly environmentName: string;
}

/** Props that all functions of one database share. */
export type SharedDatabaseFunctionProps = Omit<
  DatabaseFunctionProps,
  | 'commandHooks'
  | 'description'
  | 'entry'
  | 'eventMaxAge'
  | 'functionName'
  | 'logGroupName'
  | 'memory'
  | 'retries'
  | 'timeout'
>;

/**
 * A function that connects to the database server directly, because session locks do not work through a pooler. It has
 * one run at a time. `logInAs` and `readSecret` grant the database user.
 */
export class DatabaseFunction extends VpcFunction {
  private readonly database: PostgresDatabase;
  private readonly encryptionKey: IKey;

  constructor(scope: Construct, id: string, props: DatabaseFunctionProps) {
    const securityGroup = new HttpsClientSecurityGroup(scope, `${id}SecurityGroup`, {
      vpc: props.vpc,
      description: props.description,
    });
    super(scope, id, { ...props, securityGroup, concurrency: 1 });
    this.database = props.database;
    this.encryptionKey = props.encryptionKey;
    this.openDatabase(securityGroup, props);
    this.addEnvironment(DATABASE_ENVIRONMENT.host, props.database.instance.dbInstanceEndpointAddress);
    this.addEnvironment(DATABASE_ENVIRONMENT.port, String(props.port));
    this.addEnvironment(DATABASE_ENVIRONMENT.database, props.databaseName);
    this.addEnvironment(DATABASE_ENVIRONMENT.environment, props.environmentName);
  }

  /** Lets the function log in with IAM tokens as `user`, a PostgreSQL role that the migrations create. */
  logInAs(user: string): void {
    this.database.instance.grantConnect(this, user);
    this.addEnvironment(DATABASE_ENVIRONMENT.user, user);
  }

  /** Lets the function read a secret, whose ARN it receives in the environment variable `variable`. */
  readSecret(secret: ISecret, variable: string): void {
    grantReadSecret(this, secret, this.encryptionKey);
    this.addEnvironment(variable, secret.secretArn);
  }

  /**
   * Both rules are in the scope of this function. In the scope of the database, every resource that depends on the
   * database would also depend on the rules of all functions.
   */
  private openDatabase(
    securityGroup: ISecurityGroup,
    { database, description, port }: DatabaseFunctionProps,
  ) {
    for (const [index, { securityGroupId }] of database.connections.securityGroups.entries()) {
      securityGroup.addEgressRule(Peer.securityGroupId(securityGroupId), Port.tcp(port), 'PostgreSQL');
      new CfnSecurityGroupIngress(this, `DatabaseIngress${index || ''}`, {
        groupId: securityGroupId,
        sourceSecurityGroupId: securityGroup.securityGroupId,
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        description,
      });
    }
  }
}
