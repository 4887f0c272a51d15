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

/** Interval at which the API user's password is rotated. */
const ROTATION_PERIOD = Duration.days(30);

export interface ApiDatabaseAccessProps {
  /** VPC of the database; the proxy runs in its isolated subnets, the rotation function in its private ones. */
  readonly vpc: IVpc;
  /** Server that the API connects to. */
  readonly database: PostgresDatabase;
  /** KMS key that encrypts the user's secret. */
  readonly encryptionKey: IKey;
  /** Name of the PostgreSQL database, stored in the user's secret. */
  readonly databaseName: string;
  /** TCP port of the server and of the proxy. */
  readonly port: number;
  /** PostgreSQL user of the API; the migrations create it. */
  readonly user: string;
  /** `iam`: IAM tokens from the API to the database. `password`: a generated password that is rotated. */
  readonly authentication: 'iam' | 'password';
  /** `rds-proxy`: created here. `pgbouncer`: runs in the cluster and connects to the server directly. */
  readonly pooler: 'rds-proxy' | 'pgbouncer';
  /** Settings of the RDS Proxy; not used with `pgbouncer`. */
  readonly proxy: {
    /** How long a client waits for a server connection, seconds. */
    readonly borrowTimeoutSeconds: number;
    /** Idle time after which the proxy closes a client connection, seconds; longer than the clients' own. */
    readonly idleClientTimeoutSeconds: number;
    /** Share of the server's `max_connections` that the proxy may open, percent. */
    readonly maxConnectionsPercent: number;
    /** Share of the server's `max_connections` that the proxy keeps open while idle, percent. */
    readonly maxIdleConnectionsPercent: number;
  };
  /** Keep the user's secret when the stack is deleted. */
  readonly retain: boolean;
}

/** How the API reaches its database: endpoints, database user and rights. */
export class ApiDatabaseAccess extends Construct implements IConnectable {
  /** Host for reads and writes: the proxy, or the server itself with PgBouncer. */
  readonly endpoint: string;
  /** Hosts of the read replicas; clients connect to them without a proxy. */
  readonly readerEndpoints: readonly string[];
  /** Security groups behind the endpoints, for rules that admit clients. */
  readonly connections: Connections;
  /** The RDS Proxy; undefined with `pgbouncer`. */
  readonly proxy?: DatabaseProxy;
  /** The user's secret; undefined with IAM authentication. */
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

  /** Also grants decryption, through Secrets Manager only: an attached secret does not know its KMS key. */
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
