/**
 * The seed's KPIs as service-level objectives, and limits on the resources that they depend on: what is promised, which
 * metric measures it, and who is told when it is missed. Alarms and dashboards are built from this table;
 * docs/runbook.md has an entry for each id.
 */
export type Objective = RequestObjective | LimitObjective;

/** Ids of all objectives; each is an anchor in docs/runbook.md. */
export type ObjectiveId = RequestObjectiveId | LimitObjectiveId;
export type RequestObjectiveId =
  | 'availability'
  | 'errors'
  | 'latency-p95'
  | 'latency-p99'
  | 'gateway-errors'
  | 'gateway-overhead';
export type LimitObjectiveId =
  | 'latency-p50'
  | 'healthy-hosts'
  | 'throughput'
  | 'concurrency'
  | 'replicas-at-maximum'
  | 'api-cpu'
  | 'api-memory'
  | 'database-cpu'
  | 'database-memory'
  | 'database-disk-io'
  | 'database-storage'
  | 'slow-queries'
  | 'pool-waiting'
  | 'pinned-connections'
  | 'rejected-records'
  | 'unpriced-requests'
  | 'requests-left-active'
  | 'cache-cpu'
  | 'cache-memory'
  | 'llm-cache-hits'
  | 'llm-response-time'
  | 'llm-timeouts'
  | 'provider-errors'
  | 'breaker-open'
  | 'journal-used'
  | 'calls-abandoned'
  | 'budget-limits'
  | 'cdn-errors'
  | 'scaler-heartbeat';

/** Publisher of an objective's metric. */
export type MetricSource =
  | 'load-balancer'
  | 'database'
  | 'database-log'
  | 'database-function'
  | 'proxy'
  | 'cache'
  | 'container-insights'
  | 'api'
  | 'cdn'
  | 'scaler';

/** `page`: users notice and somebody has to act now. `ticket`: it can wait for working hours. */
export type Severity = 'page' | 'ticket';

interface ObjectiveBase {
  /** Anchor of the objective's entry in the runbook, and part of its alarms' names. */
  readonly id: ObjectiveId;
  /** What is promised, as a sentence for people. */
  readonly title: string;
  /** What publishes the metric. */
  readonly source: MetricSource;
}

/**
 * A share of requests that must be good. The share that may be bad is the error budget. Alarms go off by the rate at
 * which the budget burns: a fast burn pages, a slow one is a ticket.
 */
export interface RequestObjective extends ObjectiveBase {
  /** Tells the two kinds of objective apart. */
  readonly kind: 'requests';
  /** Anchor of the objective's entry in the runbook, and part of its alarms' names. */
  readonly id: RequestObjectiveId;
  /** Name of a bad request in a word or two, for titles. */
  readonly bad: string;
  /** Error budget: share of requests that may be bad, percent. */
  readonly budgetPercent: number;
  /** Requests slower than this are bad, ms; null for an objective that is not about latency. */
  readonly slowerThanMilliseconds: number | null;
}

/** A metric that must stay on its side of a limit. */
export interface LimitObjective extends ObjectiveBase {
  /** Tells the two kinds of objective apart. */
  readonly kind: 'limit';
  /** Anchor of the objective's entry in the runbook, and part of its alarms' names. */
  readonly id: LimitObjectiveId;
  /** Unit of the limit and of the metric. */
  readonly unit:
    | '%'
    | 'ms'
    | 'requests/s'
    | 'connections'
    | 'hosts'
    | 'GiB'
    | 'statements'
    | 'requests'
    | 'records'
    | 'breakers'
    | 'calls'
    | 'budgets'
    | 'runs';
  /** Value that the metric is compared with, in `unit`. */
  readonly limit: number;
  /** On which side of the limit the objective is missed. */
  readonly missed: 'at-or-above' | 'above' | 'below';
  /** Length of one sample, minutes. */
  readonly periodMinutes: number;
  /** Most recent samples that the alarm evaluates. */
  readonly periods: number;
  /** Evaluated samples that must miss the limit before the alarm goes off; at most `periods`. */
  readonly badPeriods: number;
  /**
   * What a missing sample means. `bad`: the metric exists whenever the resource does. `good`: nothing
   * happened. `unknown`: the metric's source may not be installed.
   */
  readonly missing: 'bad' | 'good' | 'unknown';
  /** Who is told: `page` at once, `ticket` in working hours. */
  readonly severity: Severity;
}
