import { MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { API_METRICS } from '../../../service/contract';

/** Metrics that the API of an environment publishes in the embedded metric format. */
export class ApiMetrics {
  constructor(private readonly environment: string) {}

  /**
   * Share of LLM answers that came from the cache, percent.
   * @param least with fewer look-ups the share is 100, because one of two is not a trend; without this parameter a period
   * without look-ups has no value
   */
  metricLlmCacheHitShare(options?: MetricOptions, least?: number): MathExpression {
    const all = '(FILL(hits, 0) + FILL(misses, 0))';
    const share = `100 * FILL(hits, 0) / ${all}`;
    return new MathExpression({
      expression: least === undefined ? share : `IF(${all} >= ${least}, ${share}, 100)`,
      usingMetrics: {
        hits: this.metric(API_METRICS.llmCacheHits, 'Sum'),
        misses: this.metric(API_METRICS.llmCacheMisses, 'Sum'),
      },
      label: 'LLM cache hits, %',
      period: options?.period,
    });
  }

  /** Mean response time of LLM providers, ms. */
  metricLlmResponseTime(options?: MetricOptions): Metric {
    return this.metric(API_METRICS.llmResponseTime, 'Average', options);
  }

  /** Calls of LLM providers. */
  metricLlmCalls(options?: MetricOptions): Metric {
    return this.metric(API_METRICS.llmCalls, 'Sum', options);
  }

  /**
   * Share of LLM calls that timed out, percent.
   * @param least with fewer calls the share is 0; without this parameter a period without calls has no value
   */
  metricLlmTimeoutShare(options?: MetricOptions, least?: number): MathExpression {
    const share = '100 * FILL(timeouts, 0) / calls';
    return new MathExpression({
      expression: least === undefined ? share : `IF(calls >= ${least}, ${share}, 0)`,
      usingMetrics: { timeouts: this.metric(API_METRICS.llmTimeouts, 'Sum'), calls: this.metricLlmCalls() },
      label: 'LLM time-outs, %',
      period: options?.period,
    });
  }

  /** Requests that wait for a database connection, in the replica with most. */
  metricDatabasePoolWaiting(options?: MetricOptions): Metric {
    return this.metric(API_METRICS.databasePoolWaiting, 'Maximum', options);
  }

  private metric(metricName: string, statistic: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: API_METRICS.namespace,
      metricName,
      dimensionsMap: { [API_METRICS.dimension]: this.environment },
      statistic,
      ...options,
    });
  }
}
