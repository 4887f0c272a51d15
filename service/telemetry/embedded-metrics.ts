import { Configuration, createMetricsLogger, Unit } from 'aws-embedded-metrics';
import Environments from 'aws-embedded-metrics/lib/environment/Environments';
import { API_METRICS } from '../contract';
import type { Logger } from './logger';

/** Most values of a metric in one message; CloudWatch refuses more. */
const VALUES_PER_MESSAGE = 100;

/** Longest wait of a value, ms. `DatabasePoolWaiting` has to arrive at least once a minute. */
const FLUSH_MS = 10_000;

/** Most values that wait for an agent that cannot be reached, in messages; the oldest are given up. */
const MOST_WAITING_MESSAGES = 100;

/** Metrics that the service sends, by the name in the contract. */
export type EmbeddedMetric = Exclude<keyof typeof API_METRICS, 'namespace' | 'dimension'>;

const UNITS: Record<EmbeddedMetric, Unit> = {
  llmCacheHits: Unit.Count,
  llmCacheMisses: Unit.Count,
  llmResponseTime: Unit.Milliseconds,
  llmCalls: Unit.Count,
  llmTimeouts: Unit.Count,
  databasePoolWaiting: Unit.Count,
  gatewayCalls: Unit.Count,
  gatewayErrors: Unit.Count,
  gatewayOverhead: Unit.Milliseconds,
  providerErrors: Unit.Count,
  breakerOpen: Unit.Count,
  journalUsed: Unit.Percent,
  callsAbandoned: Unit.Count,
  budgetWarnings: Unit.Count,
  budgetLimits: Unit.Count,
};

export interface EmbeddedMetricsProps {
  /** Value of the only dimension. */
  readonly environment: string;
  /** Address of the agent, such as tcp://host:25888. */
  readonly endpoint: string;
  /** Log group that the agent writes to; null: the agent's own. */
  readonly logGroup: string | null;
  /** Reads how many callers wait for a database connection, for each flush. */
  readonly poolWaiting: () => number;
  readonly logger: Logger;
}

/** Sends metrics to the CloudWatch agent, many values in one message: one for each request would cost more than it. */
export class EmbeddedMetrics {
  private values = new Map<EmbeddedMetric, number[]>();
  private readonly gauges = new Map<EmbeddedMetric, () => number>();
  private readonly timer: NodeJS.Timeout;
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly props: EmbeddedMetricsProps) {
    Configuration.environmentOverride = Environments.Agent;
    Configuration.agentEndpoint = props.endpoint;
    Configuration.namespace = API_METRICS.namespace;
    Configuration.serviceName = 'llm-cost-ops';
    if (props.logGroup !== null) Configuration.logGroupName = props.logGroup;
    this.timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.timer.unref();
  }

  /** Notes a value; it is sent within 10 s. */
  put(metric: EmbeddedMetric, value: number): void {
    const values = this.values.get(metric) ?? [];
    this.values.set(metric, values);
    values.push(value);
    if (values.length >= VALUES_PER_MESSAGE * MOST_WAITING_MESSAGES) values.splice(0, VALUES_PER_MESSAGE);
  }

  /** Sends the reading of a state with each flush, so at least once a minute. */
  watch(metric: EmbeddedMetric, read: () => number): void {
    this.gauges.set(metric, read);
  }

  /** Sends everything that waits. It never fails: metrics are no reason to end a request. */
  flush(): Promise<void> {
    this.put('databasePoolWaiting', this.props.poolWaiting());
    for (const [metric, read] of this.gauges) this.put(metric, read());
    const values = this.values;
    this.values = new Map();
    this.sending = this.sending.then(async () => {
      for (const message of messagesOf(values)) await this.send(message);
    });
    return this.sending;
  }

  /** Sends what waits, and stops. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  private async send(message: ReadonlyMap<EmbeddedMetric, readonly number[]>): Promise<void> {
    const metrics = createMetricsLogger();
    metrics.setNamespace(API_METRICS.namespace);
    metrics.setDimensions({ [API_METRICS.dimension]: this.props.environment });
    for (const [metric, values] of message) {
      for (const value of values) metrics.putMetric(API_METRICS[metric], value, UNITS[metric]);
    }
    try {
      await metrics.flush();
    } catch (error) {
      this.props.logger.warn({ err: error }, 'the CloudWatch agent took no metrics');
    }
  }
}

/** Splits values into messages of at most 100 values of a metric. */
function messagesOf(values: ReadonlyMap<EmbeddedMetric, readonly number[]>) {
  const messages: Map<EmbeddedMetric, readonly number[]>[] = [];
  for (const [metric, all] of values) {
    for (let start = 0; start < all.length; start += VALUES_PER_MESSAGE) {
      const index = start / VALUES_PER_MESSAGE;
      const message = messages[index] ?? new Map<EmbeddedMetric, readonly number[]>();
      messages[index] = message.set(metric, all.slice(start, start + VALUES_PER_MESSAGE));
    }
  }
  return messages;
}
