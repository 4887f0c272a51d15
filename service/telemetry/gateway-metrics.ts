import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type GATEWAY_PATHS, PROMETHEUS_METRICS } from '../contract';

/** Route label of a call: the template of its path. */
export type GatewayRoute = (typeof GATEWAY_PATHS)[number];

/**
 * How a call ended. `ok`: with the provider's answer. `cached`: from the cache, or with the answer of an identical call.
 * `refused`: the caller may not, or the call is wrong. `provider_error`: the provider failed. `cancelled`: the caller
 * left. `error`: the gateway failed, also where it had no room; only this one counts against its objective.
 */
export type GatewayOutcome = 'ok' | 'cached' | 'refused' | 'provider_error' | 'cancelled' | 'error';

/** Why an attempt to call a provider failed. `cut`: the answer broke off after its first byte. */
export const PROVIDER_ERRORS = [
  'connect',
  'timeout',
  'rate_limited',
  'overloaded',
  'server',
  'authentication',
  'request',
  'cut',
  'other',
] as const;
export type ProviderErrorKind = (typeof PROVIDER_ERRORS)[number];

/** What the gauges show; each is read when Prometheus asks. */
export interface GatewayReadings {
  /** Calls under way and in the queue. */
  readonly callsInFlight: () => number;
  /** Size of the journal, bytes. */
  readonly journalBytes: () => number;
  /** Ended calls whose rows are not in the database yet. */
  readonly unsettledCalls: () => number;
  /** Open breakers of a provider; its models have one each. */
  readonly openBreakers: (provider: string) => number;
}

export interface GatewayMetricsProps {
  /** Names of the providers: the values that the label provider may have. */
  readonly providers: readonly string[];
}

/** Bounds of the histogram of the gateway's own time, seconds. */
const OVERHEAD_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** Bounds of the histogram of providers' answers, seconds; 2 is the objective of the mean. */
const CALL_BUCKETS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600];

/** Provider label of names that are not configured. */
const OTHER = 'other';

/** The gateway's Prometheus metrics. Labels are routes, configured providers and closed lists; models are no labels. */
export class GatewayMetrics {
  private readonly calls;
  private readonly overhead;
  private readonly errors;
  private readonly answers;
  private readonly providerCalls;
  private readonly lookups;
  private readonly budgets;
  private readings: GatewayReadings | undefined;

  constructor(
    registry: Registry,
    private readonly props: GatewayMetricsProps,
  ) {
    const registers = [registry];
    const counter = <T extends string>(name: string, help: string, ...labelNames: T[]) =>
      new Counter({ name, help, labelNames, registers });
    const histogram = <T extends string>(name: string, help: string, buckets: number[], ...labelNames: T[]) =>
      new Histogram({ name, help, labelNames, buckets, registers });
    const names = PROMETHEUS_METRICS;
    this.calls = counter(names.gatewayCalls, 'Calls of the gateway that have ended', 'route', 'outcome');
    this.overhead = histogram(
      names.gatewayOverhead,
      "Seconds of a call without its provider's",
      OVERHEAD_BUCKETS,
      'route',
    );
    this.errors = counter(names.providerErrors, 'Failed attempts to call a provider', 'provider', 'kind');
    this.answers = histogram(names.llmCallDuration, 'Seconds of LLM calls', CALL_BUCKETS, 'provider');
    this.providerCalls = counter(names.llmCalls, 'LLM calls by how they ended', 'provider', 'outcome');
    this.lookups = counter(names.llmCacheLookups, 'Look-ups of LLM answers in the cache', 'result');
    this.budgets = counter(names.budgetEvents, 'Warnings and limits that budgets reached', 'kind');
    for (const result of ['hit', 'miss']) this.lookups.inc({ result }, 0);
    for (const kind of ['warning', 'limit']) this.budgets.inc({ kind }, 0);
    this.registerGauges(registry);
  }

  /** Lets the gauges show the gateway's state; until then they are 0. */
  watch(readings: GatewayReadings): void {
    this.readings = readings;
  }

  /** Counts a call that has ended. */
  countGatewayCall(route: GatewayRoute, outcome: GatewayOutcome): void {
    this.calls.inc({ route, outcome });
  }

  /** Notes the time of a call without its provider's, seconds. */
  observeGatewayOverhead(route: GatewayRoute, seconds: number): void {
    this.overhead.observe({ route }, seconds);
  }

  /** Counts a failed attempt. */
  countProviderError(provider: string, kind: ProviderErrorKind): void {
    this.errors.inc({ provider: this.label(provider), kind });
  }

  /** Counts an attempt that has ended, with its duration in seconds. */
  observeProviderCall(provider: string, outcome: 'ok' | 'error' | 'timeout', seconds: number): void {
    const label = this.label(provider);
    this.providerCalls.inc({ provider: label, outcome });
    this.answers.observe({ provider: label }, seconds);
  }

  /** Counts a look-up of an LLM answer. */
  countLlmCacheLookup(result: 'hit' | 'miss'): void {
    this.lookups.inc({ result });
  }

  /** Counts a warning or a limit that a budget reached. */
  countBudgetEvent(kind: 'warning' | 'limit'): void {
    this.budgets.inc({ kind });
  }

  private label(provider: string): string {
    return this.props.providers.includes(provider) ? provider : OTHER;
  }

  private registerGauges(registry: Registry): void {
    const gauge = (name: string, help: string, read: (readings: GatewayReadings) => number) => {
      const one: Gauge = new Gauge({
        name,
        help,
        registers: [registry],
        collect: () => one.set(this.readings ? read(this.readings) : 0),
      });
    };
    const names = PROMETHEUS_METRICS;
    gauge(names.gatewayCallsInFlight, 'Calls under way and in the queue', (from) => from.callsInFlight());
    gauge(names.journalBytes, 'Size of the journal, bytes', (from) => from.journalBytes());
    gauge(names.unsettledCalls, 'Ended calls whose rows are not in the database', (from) =>
      from.unsettledCalls(),
    );
    const breakers: Gauge<'provider'> = new Gauge({
      name: names.breakerOpen,
      help: 'Open breakers of a provider',
      labelNames: ['provider'],
      registers: [registry],
      collect: () => {
        for (const provider of this.props.providers) {
          breakers.set({ provider }, this.readings?.openBreakers(provider) ?? 0);
        }
      },
    });
  }
}
