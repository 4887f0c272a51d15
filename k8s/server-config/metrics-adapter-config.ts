import { stringify } from 'yaml';
import {
  GATEWAY_CALLS_METRIC,
  NAMESPACE,
  REQUEST_COUNTER,
  REQUESTS_PER_SECOND_METRIC,
} from '../../lib/config/names';
import { gatewayCalls, requestRate, SCRAPE_INTERVAL } from './request-metric';

/**
 * Rules of prometheus-adapter 0.12 as data. They serve the HPA's two pod metrics only: every user of the cluster's custom metrics
 * API sees each metric that a rule adds.
 * https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/config.md
 */
export function metricsAdapterConfig(scrapeInterval = SCRAPE_INTERVAL) {
  return {
    rules: [
      {
        seriesQuery: `${REQUEST_COUNTER}{namespace="${NAMESPACE}",pod!=""}`,
        resources: { overrides: { namespace: { resource: 'namespace' }, pod: { resource: 'pod' } } },
        name: { matches: `^${REQUEST_COUNTER}$`, as: REQUESTS_PER_SECOND_METRIC },
        // The adapter fills in `namespace="…",pod=~"a|b"` and the label of the requested resource, `pod`.
        metricsQuery: requestRate({
          matchers: '<<.LabelMatchers>>',
          groupBy: '<<.GroupBy>>',
          scrapeInterval,
        }),
      },
      {
        seriesQuery: `${GATEWAY_CALLS_METRIC}{namespace="${NAMESPACE}",pod!=""}`,
        resources: { overrides: { namespace: { resource: 'namespace' }, pod: { resource: 'pod' } } },
        name: { matches: `^${GATEWAY_CALLS_METRIC}$`, as: GATEWAY_CALLS_METRIC },
        metricsQuery: gatewayCalls({
          matchers: '<<.LabelMatchers>>',
          groupBy: '<<.GroupBy>>',
          scrapeInterval,
        }),
      },
    ],
  };
}

/** Text of the adapter's configuration file. */
export function metricsAdapterYaml(): string {
  return stringify(metricsAdapterConfig(), { lineWidth: 0 });
}
