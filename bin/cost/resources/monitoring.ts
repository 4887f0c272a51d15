import { always } from '../item';
import { listOf, numberOf, type Pricing, type PricingByType, type Properties, textOf } from './resource';

interface MetricQuery {
  readonly Expression?: unknown;
  readonly MetricStat?: { readonly Period?: unknown };
  readonly Period?: unknown;
}

/** An alarm is paid for by the metrics it looks at; a Metrics Insights query at least as one. */
export function alarmMetrics(properties: Properties): number {
  const queries = listOf(properties['Metrics']) as readonly MetricQuery[];
  if (queries.length === 0) return 1;
  const isPaid = ({ MetricStat, Expression }: MetricQuery) =>
    MetricStat !== undefined || /^\s*SELECT\b/i.test(textOf(Expression));
  const metrics = queries.filter(isPaid).length;
  const isBand = queries.some(({ Expression }) => textOf(Expression).includes('ANOMALY_DETECTION_BAND'));
  return isBand ? 3 * metrics : metrics; // the metric, and the two edges of the band
}

function shortestPeriod(properties: Properties): number {
  const queries = listOf(properties['Metrics']) as readonly MetricQuery[];
  const periods = [
    properties['Period'],
    ...queries.map(({ MetricStat, Period }) => MetricStat?.Period ?? Period),
  ];
  return Math.min(...periods.map((period) => numberOf(period, 60)));
}

const alarm: Pricing = (properties) => {
  const isFast = shortestPeriod(properties) < 60;
  return [
    {
      service: isFast ? 'Alarm, high resolution' : 'Alarm',
      priceKey: isFast ? 'cloudwatch.high-resolution-alarm-metric.month' : 'cloudwatch.alarm-metric.month',
      quantity: always(alarmMetrics(properties)),
      driver: 'fixed',
    },
  ];
};

const compositeAlarm: Pricing = () => [
  {
    service: 'Composite alarm',
    priceKey: 'cloudwatch.composite-alarm.month',
    quantity: always(1),
    driver: 'fixed',
  },
];

const dashboard: Pricing = () => [
  { service: 'Dashboard', priceKey: 'cloudwatch.dashboard.month', quantity: always(1), driver: 'fixed' },
];

export const MONITORING: PricingByType = {
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::CompositeAlarm': compositeAlarm,
  'AWS::CloudWatch::Dashboard': dashboard,
};
