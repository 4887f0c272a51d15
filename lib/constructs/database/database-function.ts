import { Stack } from 'aws-cdk-lib';
import { CfnSecurityGroupIngress, type ISecurityGroup, Peer, Port } from 'aws-cdk-lib/aws-ec2';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { DATABASE_ENVIRONMENT } from '../../../lambda/database/constants';
import { VpcFunction, type VpcFunctionProps } from '../functions/vpc-function';
import { HttpsClientSecurityGroup } from '../network/https-client-security-group';
import type { PostgresDatabase } from './postgres-database';

export interface DatabaseFunctionProps extends Omit<VpcFunctionProps, 'concurrency' | 'securityGroup'> {
  readonly database: PostgresDatabase;
  readonly databaseName: string;
  readonly port: number;
  /** Key of the database's secrets. */
  readonly encryptionKey: IKey;
  /** Environment of the platform: dimension of the function's metrics. */
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
 * A function that works on the database, connected to the server itself: session locks do not survive a pooler. One
 * run at a time; who may log in as whom is granted one by one.
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

  /** Lets the function log in as `user`, a role that the migrations make, with IAM tokens. */
  logInAs(user: string): void {
    this.database.instance.grantConnect(this, user);
    this.addEnvironment(DATABASE_ENVIRONMENT.user, user);
  }

  /** Lets the function read the secret of a user, and tells it where it is. */
  readSecret(secret: ISecret, variable: string): void {
    // An attached secret, and one of RDS's own, does not know its key: decrypting is granted here.
    secret.grantRead(this);
    Grant.addToPrincipal({
      grantee: this,
      actions: ['kms:Decrypt'],
      resourceArns: [this.encryptionKey.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com` },
      },
    });
    this.addEnvironment(variable, secret.secretArn);
  }

  /**
   * Both rules are this function's own: in the scope of the database, whatever waits for the database would wait for
   * the rules of all functions too.
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
