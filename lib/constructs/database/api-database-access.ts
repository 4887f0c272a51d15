import { Duration, Stack } from 'aws-cdk-lib';
import { Connections, type IConnectable, type IVpc, Port, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { DatabaseSecret } from 'aws-cdk-lib/aws-rds';
import { type ISecret, SecretRotation, SecretRotationApplication } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { removalPolicy } from '../storage/removal';
import { DatabaseProxy } from './database-proxy';
import type { PostgresDatabase } from './postgres-database';

/** The API user's password is rotated this often. */
const ROTATION_PERIOD = Duration.days(30);

export interface ApiDatabaseAccessProps {
  readonly vpc: IVpc;
  readonly database: PostgresDatabase;
  /** Key of the user's secret. */
  readonly encryptionKey: IKey;
  readonly databaseName: string;
  readonly port: number;
  /** Database user of the API; the migrations make it. */
  readonly user: string;
  /** IAM tokens end to end, or a generated and rotated password. */
  readonly authentication: 'iam' | 'password';
  /** `rds-proxy` is made here; with `pgbouncer` the pooler in the cluster connects to the server itself. */
  readonly pooler: 'rds-proxy' | 'pgbouncer';
  readonly proxy: {
    readonly borrowTimeoutSeconds: number;
    readonly idleClientTimeoutSeconds: number;
    readonly maxConnectionsPercent: number;
    readonly maxIdleConnectionsPercent: number;
  };
  /** Keep the user's secret when the stack goes. */
  readonly retain: boolean;
}

/** How the API gets at its database: which endpoint, as whom, with what right. */
export class ApiDatabaseAccess extends Construct implements IConnectable {
  /** Host that writes go to: the proxy, or the server where PgBouncer pools in the cluster. */
  readonly endpoint: string;
  /** Hosts of the read replicas, which no proxy fronts. */
  readonly readerEndpoints: readonly string[];
  /** Whom to let in: security groups of everything behind the endpoints. */
  readonly connections: Connections;
  /** The pooler, where it is an RDS Proxy. */
  readonly proxy?: DatabaseProxy;
  /** The user's secret, with password authentication. */
  readonly userSecret?: ISecret;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ApiDatabaseAccessProps,
  ) {
    super(scope, id);
    const { database } = props;
    if (props.authentication === 'password') this.userSecret = this.createUserSecret();
    if (props.pooler === 'rds-proxy') this.proxy = this.createProxy();
    this.endpoint = this.proxy?.endpoint ?? database.instance.dbInstanceEndpointAddress;
    this.readerEndpoints = database.replicas.map((replica) => replica.dbInstanceEndpointAddress);
    this.connections = this.clientConnections();
  }

  /** Lets `grantee` log in as the API's user, through the proxy and to the replicas. */
  grantConnect(grantee: IGrantable): Grant {
    const { database, user } = this.props;
    if (this.userSecret) return this.grantReadSecret(grantee, this.userSecret);
    const writer = this.proxy?.grantConnect(grantee) ?? database.instance.grantConnect(grantee, user);
    return database.replicas.reduce(
      (grant, replica) => grant.combine(replica.grantConnect(grantee, user)),
      writer,
    );
  }

  /** An attached secret does not know its key, so the right to decrypt is given here: through Secrets Manager only. */
  private grantReadSecret(grantee: IGrantable, secret: ISecret): Grant {
    const decrypt = Grant.addToPrincipal({
      grantee,
      actions: ['kms:Decrypt'],
      resourceArns: [this.props.encryptionKey.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com` },
      },
    });
    return secret.grantRead(grantee).combine(decrypt);
  }

  private createUserSecret(): ISecret {
    const { database, databaseName, user, encryptionKey, vpc, retain } = this.props;
    const secret = new DatabaseSecret(this, 'UserSecret', {
      username: user,
      dbname: databaseName,
      encryptionKey,
    });
    secret.applyRemovalPolicy(removalPolicy(retain));
    const attached = secret.attach(database.instance);
    new SecretRotation(this, 'UserSecretRotation', {
      application: SecretRotationApplication.POSTGRES_ROTATION_SINGLE_USER,
      secret: attached,
      target: database,
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      automaticallyAfter: ROTATION_PERIOD,
      // The user does not exist before the first migration has run.
      rotateImmediatelyOnUpdate: false,
    });
    return attached;
  }

  private createProxy(): DatabaseProxy {
    const { vpc, database, port, user, proxy } = this.props;
    return new DatabaseProxy(this, 'Proxy', {
      vpc,
      database,
      port,
      user,
      borrowTimeout: Duration.seconds(proxy.borrowTimeoutSeconds),
      idleClientTimeout: Duration.seconds(proxy.idleClientTimeoutSeconds),
      maxConnectionsPercent: proxy.maxConnectionsPercent,
      maxIdleConnectionsPercent: proxy.maxIdleConnectionsPercent,
    });
  }

  private clientConnections(): Connections {
    const { database, port } = this.props;
    const direct = this.proxy === undefined || database.replicas.length > 0;
    return new Connections({
      securityGroups: [
        ...(this.proxy?.connections.securityGroups ?? []),
        ...(direct ? database.connections.securityGroups : []),
      ],
      defaultPort: Port.tcp(port),
    });
  }
}
