import {
  type NamedOutcome,
  POLICY_NAMES,
  type PolicyId,
  type TraceReport,
} from '../../lambda/predictive-scaler/backtest/backtest-trace';
import { BASELINE_NAMES } from '../../lambda/predictive-scaler/backtest/baselines';
import {
  type ForecastScores,
  geometricMean,
  mean,
} from '../../lambda/predictive-scaler/backtest/forecast-scores';
import type { Table } from '../cli/text-table';

/** Errors of one way to forecast, over traces and horizons. */
export interface MethodSummary {
  readonly method: string;
  /** Mean of the traces' and horizons'. */
  readonly wapePercent: number;
  readonly biasPercent: number;
  /** Geometric means. */
  readonly relativeToPersistence: number;
  readonly relativeToYesterday: number;
}

/** How often loads were within a quantile. */
export interface CoverageSummary {
  readonly level: number;
  readonly coveragePercent: number;
  readonly pinballPercent: number;
}

/** How a policy did: sums over the traces, means of shares, geometric means of ratios. */
export interface PolicySummary {
  readonly policy: string;
  readonly underMinutes: number;
  readonly underPercent: number;
  readonly unmetPercent: number;
  readonly replicaHours: number;
  readonly relativeCost: number;
  readonly penalisedCost: number;
  /** In the currency of the price; absent without one. */
  readonly cost?: number;
}

export interface Summary {
  readonly methods: readonly MethodSummary[];
  readonly coverage: readonly CoverageSummary[];
  readonly policies: readonly PolicySummary[];
}

/** Name of our forecasts in tables. */
export const MODEL_NAME = 'this model';

/** One table for one or more traces. */
export function summarize(reports: readonly TraceReport[], pricePerReplicaHour?: number): Summary {
  const horizons = reports.flatMap((report) => report.horizons);
  const models = horizons.map(({ model }) => model);
  const levels = models[0]?.quantiles.map(({ level }) => level) ?? [];
  return {
    methods: [
      summarizeMethod(MODEL_NAME, models),
      ...BASELINE_NAMES.map((name) =>
        summarizeMethod(
          name,
          horizons.map(({ baselines }) => baselines[name]),
        ),
      ),
    ],
    coverage: levels.map((level) => {
      const scores = models.flatMap(({ quantiles }) => quantiles.filter((it) => it.level === level));
      return {
        level,
        coveragePercent: mean(scores.map(({ coveragePercent }) => coveragePercent)),
        pinballPercent: mean(scores.map(({ pinballPercent }) => pinballPercent)),
      };
    }),
    policies: (Object.keys(POLICY_NAMES) as PolicyId[]).flatMap((id) => {
      const outcomes = reports.flatMap(({ policies }) => policies.filter((policy) => policy.id === id));
      return outcomes.length > 0 ? [summarizePolicy(id, outcomes, pricePerReplicaHour)] : [];
    }),
  };
}

function summarizeMethod(method: string, scores: readonly ForecastScores[]): MethodSummary {
  return {
    method,
    wapePercent: mean(scores.map(({ wapePercent }) => wapePercent)),
    biasPercent: mean(scores.map(({ biasPercent }) => biasPercent)),
    relativeToPersistence: geometricMean(scores.map((score) => score.relativeToPersistence)),
    relativeToYesterday: geometricMean(scores.map((score) => score.relativeToYesterday)),
  };
}

function summarizePolicy(id: PolicyId, outcomes: readonly NamedOutcome[], price?: number): PolicySummary {
  const replicaHours = outcomes.reduce((sum, outcome) => sum + outcome.replicaHours, 0);
  return {
    policy: POLICY_NAMES[id],
    underMinutes: outcomes.reduce((sum, outcome) => sum + outcome.underMinutes, 0),
    underPercent: mean(outcomes.map(({ underPercent }) => underPercent)),
    unmetPercent: mean(outcomes.map(({ unmetPercent }) => unmetPercent)),
    replicaHours,
    relativeCost: geometricMean(outcomes.map(({ relativeCost }) => relativeCost)),
    penalisedCost: geometricMean(outcomes.map(({ penalisedCost }) => penalisedCost)),
    ...(price === undefined ? {} : { cost: price * replicaHours }),
  };
}

/** Errors of the ways to forecast. */
export function methodTable({ methods }: Summary): Table {
  return [
    ['forecast', 'error % (WAPE)', 'bias %', 'to persistence (REL)', 'to yesterday (MASE)'],
    ...methods.map((it) => [
      it.method,
      digits(it.wapePercent, 2),
      digits(it.biasPercent, 2),
      digits(it.relativeToPersistence, 3),
      digits(it.relativeToYesterday, 3),
    ]),
  ];
}

export function coverageTable({ coverage }: Summary): Table {
  return [
    ['quantile', 'loads within %', 'pinball loss %'],
    ...coverage.map((it) => [
      `q${Math.round(100 * it.level)}`,
      digits(it.coveragePercent, 1),
      digits(it.pinballPercent, 2),
    ]),
  ];
}

export function policyTable({ policies }: Summary): Table {
  const priced = policies.some(({ cost }) => cost !== undefined);
  const head = ['policy', 'short minutes', 'short %', 'unmet load %', 'replica-hours', 'to needed', 'NV'];
  return [
    priced ? [...head, 'cost'] : head,
    ...policies.map((it) => [
      it.policy,
      String(it.underMinutes),
      digits(it.underPercent, 2),
      digits(it.unmetPercent, 3),
      digits(it.replicaHours, 1),
      digits(it.relativeCost, 3),
      digits(it.penalisedCost, 3),
      ...(it.cost === undefined ? [] : [digits(it.cost, 2)]),
    ]),
  ];
}

/** A dash for what there is none of: an idle service has no relative error. */
function digits(value: number, places: number): string {
  return Number.isFinite(value) ? value.toFixed(places) : '-';
}
