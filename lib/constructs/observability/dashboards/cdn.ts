import { Duration } from 'aws-cdk-lib';
import type { WebDistribution } from '../../cdn/web-distribution';
import type { Limits } from './limits';
import { graph } from './panels';
import { type DashboardContent, HEIGHT } from './platform-dashboard';

/** Region in which CloudFront and AWS Billing publish their metrics. */
export const GLOBAL_METRICS_REGION = 'us-east-1';

export interface CdnProps {
  /** CloudFront distribution that the dashboard shows. */
  readonly cdn: WebDistribution;
  /** Limits of the environment's objectives, drawn into the graphs. */
  readonly limits: Limits;
}

/** Requests, bytes and errors of CloudFront. */
export function cdn({ cdn, limits }: CdnProps): DashboardContent {
  const region = GLOBAL_METRICS_REGION;
  const panels = [
    graph({
      title: 'Requests in 5 min',
      unit: 'requests',
      region,
      series: [{ metric: cdn.metricRequests(), label: 'requests' }],
    }),
    graph({
      title: 'Bytes to viewers in 5 min',
      unit: 'bytes',
      region,
      series: [{ metric: cdn.metricBytesDownloaded(), label: 'bytes' }],
    }),
    graph({
      title: 'Errors, % of the answers',
      unit: '%',
      region,
      series: [
        { metric: cdn.metric5xxErrorRate(), label: '5xx' },
        { metric: cdn.metric4xxErrorRate(), label: '4xx' },
      ],
      limits: limits.of('cdn-errors'),
    }),
  ];
  return {
    title: 'CDN',
    question:
      'Does CloudFront serve the web application, and pass the API on? Its 5xx together with those of the API are the API’s; alone they are the way there: certificate, origin, time-out.',
    range: Duration.hours(12),
    sections: [{ title: 'CloudFront, all edge locations', lines: [{ height: HEIGHT.graph, panels }] }],
  };
}
