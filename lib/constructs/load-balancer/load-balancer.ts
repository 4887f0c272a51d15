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

const HTTPS_PORT = 443;

export interface LoadBalancerProps {
  readonly vpc: IVpc;
  readonly name: string;
  /** `public`: internet-facing. `cloudfront-only`: internal, open to CloudFront's VPC origin alone. */
  readonly exposure: 'public' | 'cloudfront-only';
  /** CloudFront's managed prefix list; required with `cloudfront-only`, null otherwise. */
  readonly cloudFrontPrefixListId: string | null;
  readonly certificate: ICertificate;
  /** Name of the security policy of the HTTPS listener. */
  readonly sslPolicy: string;
  /** Idle time after which a connection is cut. */
  readonly idleTimeout: Duration;
  /** Refuse to delete the load balancer. */
  readonly deletionProtection: boolean;
  /** API servers; they get what no rule takes. */
  readonly apiTargetGroup: ApplicationTargetGroup;
  readonly adminTargetGroup: ApplicationTargetGroup;
  readonly routingRules: readonly RoutingRule[];
  /** Bucket of the access and connection logs. */
  readonly logBucket: IBucket;
}

export interface RoutingRule {
  /** Lower is asked first. */
  readonly priority: number;
  /** Path patterns; empty matches every path. */
  readonly paths: readonly string[];
  /** Host names; empty matches every host. */
  readonly hosts: readonly string[];
  readonly target: 'api' | 'admin';
}

/** A stretch of time whose requests are looked at together. */
export interface RequestWindow {
  readonly period: Duration;
  /** With fewer requests than this it says nothing and counts as good: one failure of ten would be an outage. */
  readonly leastRequests: number;
}

/** The way in: an ALB that ends TLS, routes to API and admin servers, and logs who came. */
export class LoadBalancer extends Construct implements IConnectable {
  readonly exposure: 'public' | 'cloudfront-only';
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly securityGroup: ISecurityGroup;
  readonly connections: Connections;
  readonly apiTargetGroup: ApplicationTargetGroup;
  readonly adminTargetGroup: ApplicationTargetGroup;

  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id);
    this.exposure = props.exposure;
    this.apiTargetGroup = props.apiTargetGroup;
    this.adminTargetGroup = props.adminTargetGroup;
    this.securityGroup = new LoadBalancerSecurityGroup(this, 'SecurityGroup', props);
    this.loadBalancer = this.createLoadBalancer(props);
    this.connections = this.loadBalancer.connections;
    this.listen(props);
    this.redirectHttp();
    this.log(props.logBucket);
  }

  /**
   * Gives a public load balancer its names. One behind CloudFront gets none: nothing outside can reach it, the
   * API is at `https://<app host>/api/…`, and the admin servers answer inside the cluster only.
   */
  addDnsRecords(hostedZone: IHostedZone | null, hosts: Readonly<Record<string, string>>): void {
    if (this.exposure !== 'public') return;
    new AliasRecords(this, 'Dns', { hostedZone, hosts, target: new LoadBalancerTarget(this.loadBalancer) });
  }

  /** Requests of all target groups. */
  metricRequestCount(options?: MetricOptions): Metric {
    return this.loadBalancer.metrics.requestCount(options);
  }

  /** Requests that the API's targets were sent. */
  metricApiRequests(options?: MetricOptions): Metric {
    return this.apiTargetGroup.metrics.requestCount(options);
  }

  /** Requests per second that the API's targets were sent. */
  metricApiRequestRate(options?: MetricOptions): MathExpression {
    return new MathExpression({
      expression: 'requests / PERIOD(requests)',
      usingMetrics: { requests: this.metricApiRequests() },
      label: 'Requests per second',
      period: options?.period,
    });
  }

  /** Time until the API's targets begin to answer, at a percentile such as 99, seconds. */
  metricTargetResponseTime(percentile: number, options?: MetricOptions): Metric {
    return this.apiTargetGroup.metrics.targetResponseTime({ ...options, statistic: `p${percentile}` });
  }

  /** The same in ms. */
  metricLatency(percentile: number, options?: MetricOptions): MathExpression {
    // Expressions on one graph share their ids.
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

  /** Server errors of the load balancer itself: no healthy target, or a target that cut the connection. */
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

  /** Connections that are open, from clients and to targets; a sum of one minute is their number. */
  metricConnections(options?: MetricOptions): Metric {
    return this.loadBalancer.metrics.activeConnectionCount(options);
  }

  /** The same number in a period of any length: its mean. */
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

  /** Client errors that the API's targets answered. */
  metricTarget4xx(options?: MetricOptions): Metric {
    return this.apiTargetGroup.metrics.httpCodeTarget(HttpCodeTarget.TARGET_4XX_COUNT, options);
  }

  /** Requests that the load balancer itself found wrong: malformed, too large, or the client hung up. */
  metricLoadBalancer4xx(options?: MetricOptions): Metric {
    return this.loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_4XX_COUNT, options);
  }

  /** Capacity units, which are what the load balancer costs beside its hours. */
  metricConsumedCapacityUnits(options?: MetricOptions): Metric {
    return this.loadBalancer.metrics.consumedLCUs(options);
  }

  /** Share of requests that no target answered, percent: the load balancer had to. */
  metricUnavailableShare(window: RequestWindow): MathExpression {
    return this.badShare('FILL(gaveUp, 0)', { gaveUp: this.metricLoadBalancer5xx() }, window, 'Unavailable');
  }

  /** Share of requests that failed, percent, by a target's fault or for want of one. */
  metricFailedShare(window: RequestWindow): MathExpression {
    const failures = {
      gaveUp: this.metricLoadBalancer5xx(),
      failed: this.loadBalancer.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT),
    };
    return this.badShare('(FILL(gaveUp, 0) + FILL(failed, 0))', failures, window, 'Failed');
  }

  /** Share of the API's requests whose answer began later than `limit`, percent. */
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
   * Share of all requests, percent. A request for which there was no target to choose is answered with 503 and is not
   * among the counted ones, so it is added.
   */
  private badShare(
    bad: string,
    badMetrics: Record<string, IMetric>,
    { period, leastRequests }: RequestWindow,
    label: string,
  ): MathExpression {
    const all = '(FILL(requests, 0) + FILL(refused, 0))';
    return new MathExpression({
      expression: `IF(${all} >= ${leastRequests}, 100 * ${bad} / ${all}, 0)`,
      usingMetrics: {
        requests: this.metricRequestCount(),
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
      // Strictest would refuse clients that are merely sloppy; this one stops what can be used for smuggling.
      desyncMitigationMode: DesyncMitigationMode.DEFENSIVE,
      deletionProtection: props.deletionProtection,
    });
  }

  private listen({ certificate, sslPolicy, routingRules }: LoadBalancerProps): void {
    const groups = { api: this.apiTargetGroup, admin: this.adminTargetGroup };
    const listener = this.loadBalancer.addListener('Https', {
      port: HTTPS_PORT,
      protocol: ApplicationProtocol.HTTPS,
      certificates: [certificate],
      // AWS adds policies faster than the enum grows, so the configuration has their names.
      sslPolicy: sslPolicy as SslPolicy,
      open: false,
      defaultAction: ListenerAction.forward([groups.api]),
    });
    for (const rule of routingRules) {
      listener.addAction(`Rule${rule.priority}`, {
        priority: rule.priority,
        conditions: conditionsOf(rule),
        action: ListenerAction.forward([groups[rule.target]]),
      });
    }
  }

  /** CloudFront comes by HTTPS alone, so behind it there is nothing to redirect. */
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

function conditionsOf({ paths, hosts }: RoutingRule): ListenerCondition[] {
  return [
    ...(paths.length > 0 ? [ListenerCondition.pathPatterns([...paths])] : []),
    ...(hosts.length > 0 ? [ListenerCondition.hostHeaders([...hosts])] : []),
  ];
}
