import { DATABASE_METRICS } from './constants';

/** CloudWatch metric of the database functions. */
export type DatabaseMetric = Exclude<
  (typeof DATABASE_METRICS)[keyof typeof DATABASE_METRICS],
  'dimension' | 'namespace'
>;

/**
 * Log line in the embedded metric format: CloudWatch Logs extracts the metrics, so the function needs no API call and
 * no permission.
 * @param environment value of the dimension
 */
export function metricsLine(
  values: Partial<Record<DatabaseMetric, number>>,
  environment: string,
  now: Date,
): string {
  const { namespace, dimension } = DATABASE_METRICS;
  const metrics = Object.keys(values).map((name) => ({
    Name: name,
    Unit: name === DATABASE_METRICS.refreshMilliseconds ? 'Milliseconds' : 'Count',
  }));
  return JSON.stringify({
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [[dimension]], Metrics: metrics }],
    },
    [dimension]: environment,
    ...values,
  });
}
