import { Duration } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ResolvedConfig } from '../../config/environment-config';
import { API_NAME, NAMESPACE } from '../../config/names';
import type { LimitObjective, LimitObjectiveId, RequestObjective } from '../../config/objectives';
import type { ValkeyCache } from '../cache/valkey-cache';
import type { WebDistribution } from '../cdn/web-distribution';
import { PodMetrics } from '../cluster/pod-metrics';
import type { ApiDatabaseAccess } from '../database/api-database-access';
import type { DatabaseUpkeep } from '../database/database-upkeep';
import type { PostgresDatabase } from '../database/postgres-database';
import type { LoadBalancer } from '../load-balancer/load-balancer';
import type { ScalingParts } from '../scaling/scaling-parts';
import { ApiMetrics } from './api-metrics';

/** Resources that publish the metrics of the objectives. */
export interface MeasuredParts {
  /** Configuration of the environment, with its objectives. */
  readonly config: ResolvedConfig;
  /** Publishes requests, errors, latency and healthy targets. */
  readonly loadBalancer: LoadBalancer;
  /** Publishes CPU, memory, disk, storage and slow statements. */
  readonly database: PostgresDatabase;
  /** Publishes pinned connections, if its pooler is an RDS Proxy. */
  readonly access: ApiDatabaseAccess;
  /** Publishes what is wrong with the ledger. */
  readonly upkeep: DatabaseUpkeep;
  /** Publishes CPU, memory and evictions. */
  readonly cache: ValkeyCache;
  /** Publishes requests and errors of CloudFront. */
  readonly cdn: WebDistribution;
  /** EKS cluster whose pods Container Insights measures. */
  readonly clusterName: string;
  /** Publishes the scaler's runs; null where predictive scaling is off. */
  readonly scaling: ScalingParts | null;
}

/** The metrics of each objective, taken from the constructs that own the resources. */
export class ObjectiveMetrics {
  /** Metrics that the API publishes itself. */
  readonly api: ApiMetrics;
  /** Metrics of the API's pods. */
  readonly pods: PodMetrics;

  private readonly limits: Readonly<
    Record<LimitObjectiveId, (options: MetricOptions) => IMetric | IMetric[]>
  > = {
    'latency-p50': (options) => this.parts.loadBalancer.metricLatency(50, options),
    'healthy-hosts': (options) =>
      this.parts.loadBalancer.metricHealthyHosts({ ...options, statistic: 'Maximum' }),
    throughput: (options) => this.parts.loadBalancer.metricApiRequestRate(options),
    concurrency: (options) => this.parts.loadBalancer.metricOpenConnections(options),
    'replicas-at-maximum': (options) =>
      this.parts.loadBalancer.metricHealthyHosts({ ...options, statistic: 'Minimum' }),
    'api-cpu': (options) => this.pods.metricCpuUtilization(options),
    'api-memory': (options) => this.pods.metricMemoryUtilization(options),
    'database-cpu': (options) => this.parts.database.metricCpuUtilization(options),
    'database-memory': (options) => this.parts.database.metricMemoryUtilization(options),
    'database-disk-io': (options) => this.parts.database.metricDiskIoUtilization(options),
    'database-storage': (options) => this.parts.database.metricFreeStorage(options),
    'slow-queries': (options) => this.parts.database.metricSlowQueries(options),
    'pool-waiting': (options) => this.api.metricDatabasePoolWaiting(options),
    'pinned-connections': (options) => this.parts.access.proxy?.metricPinnedConnections(options) ?? [],
    'rejected-records': (options) => this.parts.upkeep.metricRejectedRecords(options),
    'unpriced-requests': (options) => this.parts.upkeep.metricUnpricedRequests(options),
    'requests-left-active': (options) => this.parts.upkeep.metricRequestsLeftActive(options),
    'cache-cpu': (options) => this.parts.cache.metricsEngineCpuUtilization(options),
    'cache-memory': (options) => this.parts.cache.metricsMemoryPressure(options),
    'llm-cache-hits': (options) => this.api.metricLlmCacheHitShare(options, this.leastCalls),
    'llm-response-time': (options) => this.api.metricLlmResponseTime(options),
    'llm-timeouts': (options) => this.api.metricLlmTimeoutShare(options, this.leastCalls),
    'provider-errors': (options) => this.api.metricProviderErrorShare(options, this.leastCalls),
    'breaker-open': (options) => this.api.metricOpenBreakers(options),
    'journal-used': (options) => this.api.metricJournalUsed(options),
    'calls-abandoned': (options) => this.api.metricCallsAbandoned(options),
    'budget-limits': (options) => this.api.metricBudgetLimits(options),
    'cdn-errors': (options) =>
      this.parts.cdn.metricServerErrorShare(options, this.parts.config.objectives.leastRequests),
    'scaler-heartbeat': (options) =>
      Object.values(this.parts.scaling?.scalers ?? {}).map((scaler) => scaler.metricHeartbeat(options)),
  };

  constructor(private readonly parts: MeasuredParts) {
    this.api = new ApiMetrics(parts.config.environment);
    this.pods = new PodMetrics({
      clusterName: parts.clusterName,
      namespace: NAMESPACE,
      workload: API_NAME,
    });
  }

  private get leastCalls(): number {
    return this.parts.config.objectives.leastLlmCalls;
  }

  /** Share of requests that missed the objective in each `period`, percent. */
  badShare({ id, slowerThanMilliseconds }: RequestObjective, period: Duration): IMetric {
    const { config, loadBalancer } = this.parts;
    const window = { period, leastRequests: config.objectives.leastRequests };
    if (id === 'gateway-errors') return this.api.metricGatewayFailedShare(window);
    if (id === 'gateway-overhead' && slowerThanMilliseconds !== null) {
      return this.api.metricGatewaySlowShare(Duration.millis(slowerThanMilliseconds), window);
    }
    if (slowerThanMilliseconds !== null) {
      return loadBalancer.metricSlowShare(Duration.millis(slowerThanMilliseconds), window);
    }
    return id === 'availability'
      ? loadBalancer.metricUnavailableShare(window)
      : loadBalancer.metricFailedShare(window);
  }

  /** The objective's metric in its unit; several metrics if it has several publishers. */
  limited({ id, periodMinutes }: LimitObjective): readonly IMetric[] {
    return [this.limits[id]({ period: Duration.minutes(periodMinutes) })].flat();
  }
}
