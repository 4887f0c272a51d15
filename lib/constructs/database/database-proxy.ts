import { type Duration, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  Connections,
  type IConnectable,
  type IVpc,
  Port,
  SecurityGroup,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2';
import { type Grant, type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DefaultAuthScheme, ProxyTarget, DatabaseProxy as RdsProxy } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { PostgresDatabase } from './postgres-database';

export interface DatabaseProxyProps {
  /** VPC whose isolated subnets the proxy runs in. */
  readonly vpc: IVpc;
  /** Server that the proxy connects to. */
  readonly database: PostgresDatabase;
  /** TCP port of the proxy. */
  readonly port: number;
  /** PostgreSQL users that clients log in as, and the proxy for them. It pools connections by user. */
  readonly users: readonly string[];
  /** How long a client waits for a server connection, 1 s to 5 min. */
  readonly borrowTimeout: Duration;
  /** Idle time after which the proxy closes a client connection, at most 8 h; longer than the clients' own. */
  readonly idleClientTimeout: Duration;
  /** Share of the server's `max_connections` that the proxy may open, percent. */
  readonly maxConnectionsPercent: number;
  /** Share of the server's `max_connections` that the proxy keeps open while idle, percent. */
  readonly maxIdleConnectionsPercent: number;
}

/**
 * RDS Proxy: the pooler between many short-lived clients and the few connections of the server. Clients log in to the
 * proxy, and the proxy to the database, with IAM tokens; there is no secret.
 */
export class DatabaseProxy extends Construct implements IConnectable {
  /** Host that clients connect to. */
  readonly endpoint: string;
  readonly connections: Connections;

  private readonly proxy: RdsProxy;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DatabaseProxyProps,
  ) {
    super(scope, id);
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'RDS Proxy',
      allowAllOutbound: false,
    });
    this.connections = new Connections({
      securityGroups: [securityGroup],
      defaultPort: Port.tcp(props.port),
    });
    this.proxy = this.createProxy(securityGroup);
    this.endpoint = this.proxy.endpoint;
  }

  /** Lets `grantee` connect through the proxy as `user`. */
  grantConnect(grantee: IGrantable, user: string): Grant {
    return this.proxy.grantConnect(grantee, user);
  }

  /** Clients connected to the proxy, mean of the period. */
  metricClientConnections(options?: MetricOptions): MathExpression {
    return this.number('clientConnections', 'ClientConnections', options);
  }

  /** Connections from the proxy to the server, mean of the period. */
  metricDatabaseConnections(options?: MetricOptions): MathExpression {
    return this.number('databaseConnections', 'DatabaseConnections', options);
  }

  /** Sessions pinned to one server connection, which no other client can use; mean of the period. */
  metricPinnedConnections(options?: MetricOptions): MathExpression {
    return this.number('pinned', 'DatabaseConnectionsCurrentlySessionPinned', options);
  }

  private createProxy(securityGroup: SecurityGroup): RdsProxy {
    const role = this.proxyRole();
    const proxy = new RdsProxy(this, 'Proxy', {
      vpc: this.props.vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [securityGroup],
      proxyTarget: ProxyTarget.fromInstance(this.props.database.instance),
      role,
      requireTLS: true,
      defaultAuthScheme: DefaultAuthScheme.IAM_AUTH,
      borrowTimeout: this.props.borrowTimeout,
      idleClientTimeout: this.props.idleClientTimeout,
      maxConnectionsPercent: this.props.maxConnectionsPercent,
      maxIdleConnectionsPercent: this.props.maxIdleConnectionsPercent,
    });
    // The target counts as deployed when the proxy can log in to it, for which the role needs its policy.
    proxy.node.addDependency(role);
    return proxy;
  }

  /** Role with which the proxy logs in to the database as the users. */
  private proxyRole(): Role {
    const { database, users } = this.props;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('rds.amazonaws.com'),
      description: 'RDS Proxy logs in to PostgreSQL',
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['rds-db:connect'],
        resources: users.map((resourceName) =>
          Stack.of(this).formatArn({
            service: 'rds-db',
            resource: `dbuser:${database.instance.instanceResourceId}`,
            resourceName,
          }),
        ),
      }),
    );
    return role;
  }

  /**
   * Each instance of the proxy publishes its own number every minute, so the sum of a minute is the proxy's
   * number.
   */
  private number(id: string, metricName: string, options?: MetricOptions): MathExpression {
    const metric = new Metric({
      namespace: 'AWS/RDS',
      metricName,
      dimensionsMap: { ProxyName: this.proxy.dbProxyName },
      statistic: 'Sum',
    });
    return new MathExpression({
      expression: `60 * ${id} / PERIOD(${id})`,
      usingMetrics: { [id]: metric },
      label: metricName,
      period: options?.period,
    });
  }
}
