import type { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  type IMetric,
  MathExpression,
  type Metric,
  type MetricOptions,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import {
  type Connections,
  type IConnectable,
  type ISecurityGroup,
  type IVpc,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2';
import {
  type ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  type ApplicationTargetGroup,
  DesyncMitigationMode,
  HttpCodeElb,
  HttpCodeTarget,
  ListenerAction,
  ListenerCondition,
  type SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AliasRecords } from '../edge/alias-records';
import { LoadBalancerSecurityGroup } from './load-balancer-security-group';
import { allowToProvider, loginAction, type OidcClient } from './oidc-authentication';
import type { RoutingRule } from './routing-rule';

const HTTPS_PORT = 443;

export interface LoadBalancerProps {
  /** VPC of the load balancer; public subnets, or private ones for an internal load balancer. */
  readonly vpc: IVpc;
  /** Name of the ALB, unique in account and region, at most 32 characters. */
  readonly name: string;
  /** `public`: internet-facing. `cloudfront-only`: internal; only CloudFront's VPC origin may connect. */
  readonly exposure: 'public' | 'cloudfront-only';
  /** CloudFront's managed prefix list; required with `cloudfront-only`, null otherwise. */
  readonly cloudFrontPrefixListId: string | null;
  /** ACM certificate of the HTTPS listener; null listens by HTTP, which only `cloudfront-only` allows. */
  readonly certificate: ICertificate | null;
  /** Name of the ELB security policy of the HTTPS listener. */
  readonly sslPolicy: string;
  /** Idle time after which the ALB closes a connection, 1 to 4000 s. */
  readonly idleTimeout: Duration;
  /** ELB refuses to delete the load balancer while this is true. */
  readonly deletionProtection: boolean;
  /** Target group of the API; it receives all requests that match no routing rule. */
  readonly apiTargetGroup: ApplicationTargetGroup;
  /** Target group of the admin servers; only routing rules send requests to it. */
  readonly adminTargetGroup: ApplicationTargetGroup;
  /** Target group of the gateway's routes, over the same pods as the API's. */
  readonly gatewayTargetGroup: ApplicationTargetGroup;
  /** Rules of the listener, with unique priorities. */
  readonly routingRules: readonly RoutingRule[];
  /** Client by which rules with `unauthenticated` log people in; null: there are none. Needs a certificate. */
  readonly oidc: OidcClient | null;
  /** Bucket of the access and connection logs. */
  readonly logBucket: IBucket;
}

/** A time window over which a share of requests is computed. */
export interface RequestWindow {
  /** Length of the window, and of one data point. */
  readonly period: Duration;
  /**
   * With fewer requests the window counts as good (share 0): with ten requests, one failure would be an
   * outage.
   */
  readonly leastRequests: number;
}

/** An ALB that terminates TLS, routes to the API and the admin servers, and logs requests and connections. */
export class LoadBalancer extends Construct implements IConnectable {
  /** Who may connect, as configured. */
  readonly exposure: 'public' | 'cloudfront-only';
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly securityGroup: ISecurityGroup;
  readonly connections: Connections;
  readonly apiTargetGroup: ApplicationTargetGroup;
  readonly adminTargetGroup: ApplicationTargetGroup;
  readonly gatewayTargetGroup: ApplicationTargetGroup;

  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id);
    this.exposure = props.exposure;
    this.apiTargetGroup = props.apiTargetGroup;
    this.adminTargetGroup = props.adminTargetGroup;
    this.gatewayTargetGroup = props.gatewayTargetGroup;
    this.securityGroup = new LoadBalancerSecurityGroup(this, 'SecurityGroup', props);
    this.loadBalancer = this.createLoadBalancer(props);
    this.connections = this.loadBalancer.connections;
    this.listen(props);
    this.redirectHttp();
    this.log(props.logBucket);
  }

  /**
   * Creates DNS records of the hosts for a public load balancer. An internal one gets no records: only CloudFront can
   * reach it, the API is at `https://<app host>/api/…`, and the admin servers answer inside the cluster only.
   */
  addDnsRecords(hostedZone: IHostedZone | null, hosts: Readonly<Record<string, string>>): void {
    if (this.exposure !== 'public') return;
    new AliasRecords(this, 'Dns', { hostedZone, hosts, target: new LoadBalancerTarget(this.loadBalancer) });
  }

  /** Requests of all target groups. */
  metricRequestCount(options?: MetricOptions): Metric {
    return this.loadBalancer.metrics.requestCount(options);
  }

  /** Requests that were sent to the API's targets. */
  metricApiRequests(options?: MetricOptions): Metric {
    return this.apiTargetGroup.metrics.requestCount(options);
  }

  /** Requests that were sent to the gateway's targets. */
  metricGatewayRequests(options?: MetricOptions): Metric {
    return this.gatewayTargetGroup.metrics.requestCount(options);
  }

  /** Server errors of the gateway's targets, those that it passes on from providers included. */
  metricGateway5xx(options?: MetricOptions): Metric {
    return this.gatewayTargetGroup.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, options);
  }

  /** Requests per second that were sent to the API's targets. */
  metricApiRequestRate(options?: MetricOptions): MathExpression {
    return new MathExpression({
      expression: 'requests / PERIOD(requests)',
      usingMetrics: { requests: this.metricApiRequests() },
      label: 'Requests per second',
      period: options?.period,
    });
  }

  /** Time until the API's targets begin to respond, seconds, at a percentile such as 99. */
  metricTargetResponseTime(percentile: number, options?: MetricOptions): Metric {
    return this.apiTargetGroup.metrics.targetResponseTime({ ...options, statistic: `p${percentile}` });
  }

  /** Time until the API's targets begin to respond, ms, at a percentile such as 99. */
  metricLatency(percentile: number, options?: MetricOptions): MathExpression {
    // Ids are unique within a graph, which may show several percentiles.
    const seconds = `p${percentile}`.replace('.', '_');
    return new MathExpression({
      expression: `1000 * ${seconds}`,
      usingMetrics: { [seconds]: this.metricTargetResponseTime(percentile) },
      label: `p${percentile}, ms`,
      period: options?.period,
    });
  }

  /** Server errors of the API's targets. */
  metricTarget5xx(options?: MetricOptions): Metric {
    return this.apiTargetGroup.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, options);
  }

  /** Server errors of the load balancer itself: no healthy target, or a target that closed the connection. */
  metricLoadBalancer5xx(options?: MetricOptions): Metric {
    return this.loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, options);
  }

  /** Healthy targets of the API. */
  metricHealthyHosts(options?: MetricOptions): Metric {
    return this.apiTargetGroup.metrics.healthyHostCount(options);
  }

  /** Unhealthy targets of the API. */
  metricUnhealthyHosts(options?: MetricOptions): Metric {
    return this.apiTargetGroup.metrics.unhealthyHostCount(options);
  }

  /** Open connections, from clients and to targets; the sum of one minute is their number. */
  metricConnections(options?: MetricOptions): Metric {
    return this.loadBalancer.metrics.activeConnectionCount(options);
  }

  /** Mean number of open connections over a period of any length. */
  metricOpenConnections(options?: MetricOptions): MathExpression {
    return new MathExpression({
      expression: '60 * connections / PERIOD(connections)',
      usingMetrics: { connections: this.metricConnections() },
      label: 'Open connections',
      period: options?.period,
    });
  }

  /** Connections that clients opened. */
  metricNewConnections(options?: MetricOptions): Metric {
    return this.loadBalancer.metrics.newConnectionCount(options);
  }

  /** Client errors that the API's targets returned. */
  metricTarget4xx(options?: MetricOptions): Metric {
    return this.apiTargetGroup.metrics.httpCodeTarget(HttpCodeTarget.TARGET_4XX_COUNT, options);
  }

  /**
   * Client errors of the load balancer itself: malformed or too large requests, or clients that closed the
   * connection.
   */
  metricLoadBalancer4xx(options?: MetricOptions): Metric {
    return this.loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_4XX_COUNT, options);
  }

  /** Load balancer capacity units (LCU), which AWS charges in addition to the hours. */
  metricConsumedCapacityUnits(options?: MetricOptions): Metric {
    return this.loadBalancer.metrics.consumedLCUs(options);
  }

  /** Share of requests that the load balancer answered itself with a server error, percent, because no target did. */
  metricUnavailableShare(window: RequestWindow): MathExpression {
    return this.badShare('FILL(gaveUp, 0)', { gaveUp: this.metricLoadBalancer5xx() }, window, 'Unavailable');
  }

  /**
   * Share of requests with a server error, percent, of a target or of the load balancer. What the gateway's targets
   * answer does not count: they pass on providers' errors.
   */
  metricFailedShare(window: RequestWindow): MathExpression {
    const failures = {
      gaveUp: this.metricLoadBalancer5xx(),
      failed: this.loadBalancer.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT),
      gatewayFailed: this.metricGateway5xx(),
    };
    const bad = '(FILL(gaveUp, 0) + FILL(failed, 0) - FILL(gatewayFailed, 0))';
    return this.badShare(bad, failures, window, 'Failed');
  }

  /** Share of the API's requests whose response began later than `limit`, percent. */
  metricSlowShare(limit: Duration, { period, leastRequests }: RequestWindow): MathExpression {
    const seconds = limit.toSeconds({ integral: false });
    const fast = `within${limit.toMilliseconds()}`;
    return new MathExpression({
      expression: `IF(FILL(apiRequests, 0) >= ${leastRequests}, 100 - FILL(${fast}, 100), 0)`,
      usingMetrics: {
        apiRequests: this.metricApiRequests(),
        [fast]: this.apiTargetGroup.metrics.targetResponseTime({ statistic: Stats.percentileRank(seconds) }),
      },
      label: `Slower than ${limit.toMilliseconds()} ms`,
      period,
    });
  }

  /**
   * Share of all requests but the gateway's, percent. RequestCount does not include requests without a target to choose;
   * the load balancer answers them with 503, so these are added. The load balancer's own errors have no target group:
   * those on the gateway's routes count too.
   */
  private badShare(
    bad: string,
    badMetrics: Record<string, IMetric>,
    { period, leastRequests }: RequestWindow,
    label: string,
  ): MathExpression {
    const all = '(FILL(requests, 0) - FILL(gatewayRequests, 0) + FILL(refused, 0))';
    return new MathExpression({
      expression: `IF(${all} >= ${leastRequests}, 100 * ${bad} / ${all}, 0)`,
      usingMetrics: {
        requests: this.metricRequestCount(),
        gatewayRequests: this.metricGatewayRequests(),
        refused: this.loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_503_COUNT),
        ...badMetrics,
      },
      label,
      period,
    });
  }

  private createLoadBalancer(props: LoadBalancerProps): ApplicationLoadBalancer {
    const internetFacing = props.exposure === 'public';
    return new ApplicationLoadBalancer(this, 'Alb', {
      loadBalancerName: props.name,
      vpc: props.vpc,
      internetFacing,
      vpcSubnets: { subnetType: internetFacing ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS },
      securityGroup: this.securityGroup,
      http2Enabled: true,
      idleTimeout: props.idleTimeout,
      dropInvalidHeaderFields: true,
      // `strictest` would also reject harmless requests that violate the RFC; `defensive` stops request smuggling.
      desyncMitigationMode: DesyncMitigationMode.DEFENSIVE,
      deletionProtection: props.deletionProtection,
    });
  }

  private listen(props: LoadBalancerProps): void {
    const groups = {
      api: this.apiTargetGroup,
      admin: this.adminTargetGroup,
      gateway: this.gatewayTargetGroup,
    };
    const listener = this.addForwardingListener(props, ListenerAction.forward([groups.api]));
    if (props.oidc !== null) allowToProvider(this.securityGroup);
    for (const rule of props.routingRules) {
      const forward = ListenerAction.forward([groups[rule.target]]);
      listener.addAction(`Rule${rule.priority}`, {
        priority: rule.priority,
        conditions: conditionsOf(rule),
        action: actionOf(rule, props, forward),
      });
    }
  }

  private addForwardingListener(
    { certificate, exposure, sslPolicy }: LoadBalancerProps,
    defaultAction: ListenerAction,
  ): ApplicationListener {
    if (certificate !== null) {
      return this.loadBalancer.addListener('Https', {
        port: HTTPS_PORT,
        protocol: ApplicationProtocol.HTTPS,
        certificates: [certificate],
        // The configuration has policies by name, because AWS adds policies faster than the enum grows.
        sslPolicy: sslPolicy as SslPolicy,
        open: false,
        defaultAction,
      });
    }
    if (exposure === 'public') {
      throw new Error("'certificate' must be given with exposure 'public', got null");
    }
    return this.loadBalancer.addListener('HttpInside', {
      port: 80,
      protocol: ApplicationProtocol.HTTP,
      open: false,
      defaultAction,
    });
  }

  /** Redirects HTTP to HTTPS. CloudFront connects by HTTPS only, so an internal load balancer needs no redirect. */
  private redirectHttp(): void {
    if (this.exposure !== 'public') return;
    this.loadBalancer.addListener('Http', {
      port: 80,
      protocol: ApplicationProtocol.HTTP,
      open: false,
      defaultAction: ListenerAction.redirect({
        protocol: ApplicationProtocol.HTTPS,
        port: String(HTTPS_PORT),
        permanent: true,
      }),
    });
  }

  private log(bucket: IBucket): void {
    this.loadBalancer.logAccessLogs(bucket, 'access');
    this.loadBalancer.logConnectionLogs(bucket, 'connection');
  }
}

function actionOf(
  { unauthenticated }: RoutingRule,
  { certificate, oidc }: LoadBalancerProps,
  forward: ListenerAction,
): ListenerAction {
  if (unauthenticated === undefined) return forward;
  if (oidc === null || certificate === null) {
    throw new Error("'oidc' and 'certificate' must be given with rules that log people in");
  }
  return loginAction(oidc, unauthenticated, forward);
}

function conditionsOf({ paths, hosts }: RoutingRule): ListenerCondition[] {
  return [
    ...(paths.length > 0 ? [ListenerCondition.pathPatterns([...paths])] : []),
    ...(hosts.length > 0 ? [ListenerCondition.hostHeaders([...hosts])] : []),
  ];
}
