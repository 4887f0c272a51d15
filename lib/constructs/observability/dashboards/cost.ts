import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../../../lambda/predictive-scaler/constants';
import type { WebDistribution } from '../../cdn/web-distribution';
import type { PostgresDatabase } from '../../database/postgres-database';
import type { LoadBalancer } from '../../load-balancer/load-balancer';
import { GLOBAL_METRICS_REGION } from './cdn';
import { graph, numbers, type Panel, queryGraph, text } from './panels';
import { type DashboardContent, HEIGHT, type Section } from './platform-dashboard';
import { workloadsBy } from './workload-metrics';

const DAY = Duration.days(1);
const MONTH = Duration.days(30);
const GIGABYTE = 1e9;

/** Metrics Insights covers two weeks, and the oldest day of a two-week graph would be incomplete. */
const RANGE = Duration.days(13);

/** Placeholder that CloudWatch replaces with the service of a series. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch's syntax, not ours
const SERVICE_NAME = "${PROP('Dim.ServiceName')}";

/** Most series of a query. */
const SHOWN = 10;

export interface CostProps {
  /** Load balancer whose requests and capacity units the dashboard shows. */
  readonly loadBalancer: LoadBalancer;
  /** Database whose free storage the dashboard shows. */
  readonly database: PostgresDatabase;
  /** CloudFront distribution whose traffic the dashboard shows. */
  readonly cdn: WebDistribution;
  /** Whether predictive scaling is on, and floors add replica-hours. */
  readonly scalesAhead: boolean;
  /** Region of the environment. */
  readonly region: string;
}

/** Charges of the account, and the usage that drives them. */
export function cost(props: CostProps): DashboardContent {
  return {
    title: 'Cost',
    question:
      'What does the account cost, and which use drives it? A bill that grows faster than the requests is the one to look into.',
    range: RANGE,
    sections: [bill(props), drivers(props)],
  };
}

function bill({ loadBalancer, region }: CostProps): Section {
  const panels = [
    numbers({
      title: 'Month so far, USD',
      region: GLOBAL_METRICS_REGION,
      // AWS updates the charges several times a day, and CloudWatch omits the current period.
      period: Duration.hours(6),
      lookBack: MONTH,
      series: [{ metric: charges(), label: 'USD' }],
    }),
    queryGraph({
      title: 'Month so far by service, USD',
      unit: 'USD',
      region: GLOBAL_METRICS_REGION,
      period: DAY,
      lookBack: MONTH,
      stacked: true,
      queries: [{ label: SERVICE_NAME, expression: chargesByService() }],
    }),
    // An expression cannot use metrics of another region.
    ...(region === GLOBAL_METRICS_REGION ? [perRequests(loadBalancer)] : []),
  ];
  return {
    title: 'Bill of the whole account',
    lines: [
      {
        height: HEIGHT.text,
        panels: [
          text(
            'Needs **Receive CloudWatch billing alerts** in the billing preferences of the account that pays; without it these panels stay empty. AWS adds to the charges several times a day, counts from the first of the month in UTC, and includes whatever else the account runs. What the environment alone costs, against its budget: [AWS Budgets](https://console.aws.amazon.com/costmanagement/home#/budgets).',
          ),
        ],
      },
      { height: HEIGHT.graph, panels, widths: panels.length === 2 ? [6, 18] : [5, 11, 8] },
    ],
  };
}

/** Daily increase of the charges, divided by the requests; 0 on the first of the month, when the charges restart. */
function perRequests(loadBalancer: LoadBalancer): Panel {
  const metric = new MathExpression({
    expression: '1000000 * IF(DIFF(charges) > 0, DIFF(charges), 0) / requests',
    usingMetrics: { charges: charges(), requests: loadBalancer.metricRequestCount() },
    period: DAY,
  });
  return graph({
    title: 'USD per million requests, by day',
    unit: 'USD',
    period: DAY,
    lookBack: MONTH,
    series: [{ metric, label: 'USD per million requests' }],
  });
}

function drivers(props: CostProps): Section {
  const { cdn, database, loadBalancer, scalesAhead } = props;
  const period = DAY;
  const first = [
    graph({
      title: 'Requests a day',
      unit: 'requests',
      period,
      series: [{ metric: loadBalancer.metricRequestCount(), label: 'all target groups' }],
    }),
    graph({
      title: 'API pods, daily mean',
      unit: 'pods',
      period,
      series: [{ metric: loadBalancer.metricHealthyHosts({ statistic: 'Average' }), label: 'healthy' }],
    }),
    graph({
      title: 'Load balancer: LCUs, daily mean',
      unit: 'LCU',
      period,
      series: [{ metric: loadBalancer.metricConsumedCapacityUnits({ statistic: 'Average' }), label: 'LCUs' }],
    }),
    graph({
      title: 'CloudFront: GB to viewers a day',
      unit: 'GB',
      region: GLOBAL_METRICS_REGION,
      period,
      series: [{ metric: gigabytes(cdn.metricBytesDownloaded({ statistic: 'Sum' })), label: 'GB' }],
    }),
  ];
  const second = [
    queryGraph({
      title: 'NAT gateways, bytes a day',
      unit: 'bytes',
      period,
      queries: [
        { label: 'out', expression: natBytes('BytesOutToDestination') },
        { label: 'in', expression: natBytes('BytesInFromDestination') },
      ],
    }),
    queryGraph({
      title: 'Largest log groups, bytes a day',
      unit: 'bytes',
      period,
      stacked: true,
      queries: [{ label: 'logs', expression: logBytes() }],
    }),
    graph({
      title: 'Free storage of the database, GiB',
      unit: 'GiB',
      period,
      series: [{ metric: database.metricFreeStorage(), label: 'free' }],
    }),
    ...(scalesAhead ? [floors(period)] : []),
  ];
  return {
    title: 'What grows with use; NAT gateways and logs are those of the whole region',
    lines: [first, second].map((panels) => ({ height: HEIGHT.graph, panels })),
  };
}

function floors(period: Duration): Panel {
  return queryGraph({
    title: 'Floors: replica-hours a day',
    unit: 'replica-hours',
    period,
    stacked: true,
    queries: [
      { label: 'added', expression: workloadsBy('highest', 'SUM', METRICS.replicaHoursAdded, SHOWN) },
    ],
  });
}

/** Charges of the calendar month to date, all services. */
function charges(): Metric {
  return new Metric({
    namespace: 'AWS/Billing',
    metricName: 'EstimatedCharges',
    dimensionsMap: { Currency: 'USD' },
    statistic: 'Maximum',
  });
}

function chargesByService(): string {
  const search = `SEARCH('{AWS/Billing,Currency,ServiceName} MetricName="EstimatedCharges" Currency="USD"', 'Maximum', ${DAY.toSeconds()})`;
  return `SORT(${search}, MAX, DESC, ${SHOWN})`;
}

/** Bytes of all NAT gateways. A SEARCH, because a panel can have one Metrics Insights query, but several searches. */
function natBytes(metricName: string): string {
  const search = `SEARCH('{AWS/NATGateway,NatGatewayId} MetricName="${metricName}"', 'Sum', ${DAY.toSeconds()})`;
  return `SUM(${search})`;
}

function logBytes(): string {
  return `SELECT SUM(IncomingBytes) FROM SCHEMA("AWS/Logs", LogGroupName) GROUP BY LogGroupName ORDER BY SUM() DESC LIMIT ${SHOWN}`;
}

function gigabytes(bytes: Metric): MathExpression {
  return new MathExpression({ expression: `bytes / ${GIGABYTE}`, usingMetrics: { bytes } });
}
