import { Duration } from 'aws-cdk-lib';
import { Connections, type IConnectable, type IVpc, Port, SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { DatabaseSecret } from 'aws-cdk-lib/aws-rds';
import { type ISecret, SecretRotation, SecretRotationApplication } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { removalPolicy } from '../storage/removal';
import { DatabaseProxy } from './database-proxy';
import { grantReadSecret } from './grant-read-secret';
import type { PostgresDatabase } from './postgres-database';

/** Interval at which the users' passwords are rotated. */
const ROTATION_PERIOD = Duration.days(30);

/** Users of the service. */
export interface DatabaseUsers<T> {
  /** Reads of the API. */
  readonly api: T;
  /** Writes of the API. */
  readonly writer: T;
  /** Reads and writes of the admin servers. */
  readonly admin: T;
}

export interface ApiDatabaseAccessProps {
  /** VPC of the database; the proxy runs in its isolated subnets, the rotation function in its private ones. */
  readonly vpc: IVpc;
  /** Server that the API connects to. */
  readonly database: PostgresDatabase;
  /** KMS key that encrypts the users' secrets. */
  readonly encryptionKey: IKey;
  /** Name of the PostgreSQL database, stored in the users' secrets. */
  readonly databaseName: string;
  /** TCP port of the server and of the proxy. */
  readonly port: number;
  /** PostgreSQL users; the migrations create them. */
  readonly users: DatabaseUsers<string>;
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
  /** Keep the users' secrets when the stack is deleted. */
  readonly retain: boolean;
}

/** How the API and the admin servers reach the database: endpoints, database users and rights. */
export class ApiDatabaseAccess extends Construct implements IConnectable {
  /** Host for reads and writes: the proxy, or the server itself with PgBouncer. */
  readonly endpoint: string;
  /** Hosts of the read replicas; clients connect to them without a proxy. */
  readonly readerEndpoints: readonly string[];
  /** Security groups behind the endpoints, for rules that admit clients. */
  readonly connections: Connections;
  /** The RDS Proxy; undefined with `pgbouncer`. */
  readonly proxy?: DatabaseProxy;
  /** The users' secrets; undefined with IAM authentication. */
  readonly userSecrets?: DatabaseUsers<ISecret>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ApiDatabaseAccessProps,
  ) {
    super(scope, id);
    const { database } = props;
    if (props.authentication === 'password') {
      this.userSecrets = {
        api: this.createUserSecret('UserSecret', props.users.api),
        writer: this.createUserSecret('WriterSecret', props.users.writer),
        admin: this.createUserSecret('AdminSecret', props.users.admin),
      };
    }
    if (props.pooler === 'rds-proxy') this.proxy = this.createProxy();
    this.endpoint = this.proxy?.endpoint ?? database.instance.dbInstanceEndpointAddress;
    this.readerEndpoints = database.replicas.map((replica) => replica.dbInstanceEndpointAddress);
    this.connections = this.clientConnections();
  }

  /** Lets the API log in as its users: through the proxy, and for reads to the replicas. */
  grantApi(grantee: IGrantable): void {
    this.grantConnect(grantee, 'api');
    this.grantConnect(grantee, 'writer');
    this.grantReplicas(grantee, 'api');
  }

  /** Lets the admin servers log in as their user: through the proxy and to the replicas. */
  grantAdmin(grantee: IGrantable): void {
    this.grantConnect(grantee, 'admin');
    this.grantReplicas(grantee, 'admin');
  }

  /** Lets PgBouncer log in as every user. */
  grantPooler(grantee: IGrantable): void {
    for (const user of ['api', 'writer', 'admin'] as const) this.grantConnect(grantee, user);
  }

  private grantConnect(grantee: IGrantable, who: keyof DatabaseUsers<string>): void {
    const { database, encryptionKey, users } = this.props;
    if (this.userSecrets) grantReadSecret(grantee, this.userSecrets[who], encryptionKey);
    else if (this.proxy) this.proxy.grantConnect(grantee, users[who]);
    else database.instance.grantConnect(grantee, users[who]);
  }

  private grantReplicas(grantee: IGrantable, who: keyof DatabaseUsers<string>): void {
    if (this.userSecrets) return;
    for (const replica of this.props.database.replicas) replica.grantConnect(grantee, this.props.users[who]);
  }

  private createUserSecret(id: string, user: string): ISecret {
    const { database, databaseName, encryptionKey, vpc, retain } = this.props;
    const secret = new DatabaseSecret(this, id, {
      username: user,
      dbname: databaseName,
      encryptionKey,
    });
    secret.applyRemovalPolicy(removalPolicy(retain));
    const attached = secret.attach(database.instance);
    new SecretRotation(this, `${id}Rotation`, {
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
    const { vpc, database, port, users, proxy } = this.props;
    return new DatabaseProxy(this, 'Proxy', {
      vpc,
      database,
      port,
      users: Object.values(users),
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
