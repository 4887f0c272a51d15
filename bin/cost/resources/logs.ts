import type { Assumptions } from '../assumptions';
import { always, type ItemParts, type PerScenario, perScenario } from '../item';
import type { Traffic } from '../traffic';
import { numberOf, type Pricing, type PricingByType, textOf } from './resource';

/** What goes into a log group, by its name. */
interface Source {
  readonly name: RegExp;
  /** Services of AWS that write for you have a price of their own. */
  readonly isVended: boolean;
  /** GB of a month whatever the load. */
  readonly base: (assumptions: Assumptions) => number;
  /** GB of a month by the load. @default none */
  readonly byLoad?: (traffic: Traffic, assumptions: Assumptions) => number;
}

const API_METRICS_LOG = /\/api-metrics$/;

const SOURCES: readonly Source[] = [
  {
    name: /flow-logs/,
    isVended: true,
    base: (assumptions) => assumptions['flow-log-gigabytes'],
    byLoad: ({ api }, assumptions) => api * assumptions['flow-log-kilobytes-per-request'],
  },
  { name: /^\/aws\/eks\//, isVended: true, base: (assumptions) => assumptions['cluster-log-gigabytes'] },
  { name: /^aws-waf-logs-/, isVended: true, base: (assumptions) => assumptions['other-log-gigabytes'] },
  { name: /^\/aws\/rds\//, isVended: false, base: (assumptions) => assumptions['database-log-gigabytes'] },
  {
    name: /^\/aws\/containerinsights\/.*\/application$/,
    isVended: false,
    base: (assumptions) => assumptions['other-log-gigabytes'],
    byLoad: ({ api }, assumptions) => api * assumptions['container-log-kilobytes-per-request'],
  },
  {
    name: API_METRICS_LOG,
    isVended: false,
    base: () => 0,
    byLoad: ({ api }, assumptions) => api * assumptions['metric-log-kilobytes-per-request'],
  },
  {
    name: /scaler|\/database-|^\/aws\/lambda\//,
    isVended: false,
    base: (assumptions) => assumptions['function-log-gigabytes'],
  },
  { name: /./, isVended: false, base: (assumptions) => assumptions['other-log-gigabytes'] },
];

const logGroup: Pricing = ({ LogGroupName, RetentionInDays }, { assumptions, traffic }) => {
  const name = textOf(LogGroupName);
  const { isVended, base, byLoad } = SOURCES.find((source) => source.name.test(name)) as Source;
  const months = numberOf(RetentionInDays, 365) / 30;
  const flows: { gigabytes: PerScenario; driver: ItemParts['driver'] }[] = [
    { gigabytes: always(base(assumptions)), driver: 'fixed' },
  ];
  if (byLoad) {
    const gigabytes = perScenario((scenario) => byLoad(traffic[scenario], assumptions));
    flows.push({ gigabytes, driver: 'per-million-requests' });
  }
  const logs = flows.flatMap(({ gigabytes, driver }): ItemParts[] => [
    {
      service: isVended ? 'Logs of AWS services, written' : 'Logs, written',
      priceKey: isVended ? 'logs.vended.gb' : 'logs.ingestion.gb',
      quantity: gigabytes,
      driver,
      note: name,
    },
    {
      service: 'Logs, kept',
      priceKey: 'logs.storage.gb-month',
      quantity: perScenario(
        (scenario) => (gigabytes[scenario] * months * assumptions['log-compression-percent']) / 100,
      ),
      driver,
      note: `${name}, ${numberOf(RetentionInDays, 365)} days`,
    },
  ]);
  return API_METRICS_LOG.test(name) ? [...logs, apiMetrics(assumptions)] : logs;
};

/** What the API reports goes through a log group, and becomes metrics of its own. */
function apiMetrics(assumptions: Assumptions): ItemParts {
  return {
    service: 'Custom metrics',
    priceKey: 'cloudwatch.metric.month',
    quantity: always(assumptions['api-metrics']),
    driver: 'fixed',
  };
}

const metricFilter: Pricing = () => [
  { service: 'Custom metric', priceKey: 'cloudwatch.metric.month', quantity: always(1), driver: 'fixed' },
];

export const LOGS: PricingByType = {
  'AWS::Logs::LogGroup': logGroup,
  'AWS::Logs::MetricFilter': metricFilter,
};
