import type { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { API_METRICS } from '../../../service/contract';
import type { RequestWindow } from '../load-balancer/load-balancer';

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

  /** Calls of the gateway that have ended. */
  metricGatewayCalls(options?: MetricOptions): Metric {
    return this.metric(API_METRICS.gatewayCalls, 'Sum', options);
  }

  /** Share of the gateway's calls that failed by its own fault, percent. */
  metricGatewayFailedShare({ period, leastRequests }: RequestWindow): MathExpression {
    const all = 'FILL(gatewayCalls, 0)';
    return new MathExpression({
      expression: `IF(${all} >= ${leastRequests}, 100 * FILL(gatewayErrors, 0) / ${all}, 0)`,
      usingMetrics: {
        gatewayCalls: this.metricGatewayCalls(),
        gatewayErrors: this.metric(API_METRICS.gatewayErrors, 'Sum'),
      },
      label: 'Gateway failed',
      period,
    });
  }

  /** Share of the gateway's calls whose time besides their provider's was longer than `limit`, percent. */
  metricGatewaySlowShare(limit: Duration, { period, leastRequests }: RequestWindow): MathExpression {
    const fast = `gatewayWithin${limit.toMilliseconds()}`;
    return new MathExpression({
      expression: `IF(FILL(gatewayCalls, 0) >= ${leastRequests}, 100 - FILL(${fast}, 100), 0)`,
      usingMetrics: {
        gatewayCalls: this.metricGatewayCalls(),
        [fast]: this.metric(API_METRICS.gatewayOverhead, Stats.percentileRank(limit.toMilliseconds())),
      },
      label: `Gateway over ${limit.toMilliseconds()} ms`,
      period,
    });
  }

  /** Time of the gateway's calls besides their provider's, ms, at a percentile such as 99. */
  metricGatewayOverhead(percentile: number, options?: MetricOptions): Metric {
    return this.metric(API_METRICS.gatewayOverhead, `p${percentile}`, options);
  }

  /**
   * Share of attempts to call a provider that failed, percent.
   * @param least with fewer calls the share is 0; without this parameter a period without calls has no value
   */
  metricProviderErrorShare(options?: MetricOptions, least?: number): MathExpression {
    const share = '100 * FILL(providerErrors, 0) / providerCalls';
    return new MathExpression({
      expression: least === undefined ? share : `IF(providerCalls >= ${least}, ${share}, 0)`,
      usingMetrics: {
        providerErrors: this.metric(API_METRICS.providerErrors, 'Sum'),
        providerCalls: this.metricLlmCalls(),
      },
      label: 'Provider errors, %',
      period: options?.period,
    });
  }

  /** Open breakers, in the replica with most. */
  metricOpenBreakers(options?: MetricOptions): Metric {
    return this.metric(API_METRICS.breakerOpen, 'Maximum', options);
  }

  /** Share of the journal in use, percent, in the replica with most. */
  metricJournalUsed(options?: MetricOptions): Metric {
    return this.metric(API_METRICS.journalUsed, 'Maximum', options);
  }

  /** Calls that outlived their pod. */
  metricCallsAbandoned(options?: MetricOptions): Metric {
    return this.metric(API_METRICS.callsAbandoned, 'Sum', options);
  }

  /** Budgets that reached their limit. */
  metricBudgetLimits(options?: MetricOptions): Metric {
    return this.metric(API_METRICS.budgetLimits, 'Sum', options);
  }

  /** Budgets that reached their warning. */
  metricBudgetWarnings(options?: MetricOptions): Metric {
    return this.metric(API_METRICS.budgetWarnings, 'Sum', options);
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
