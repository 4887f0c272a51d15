import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { BUDGET_DAYS } from '../../../config/burn-rates';
import type { AlarmGroups } from './alarms';
import type { Limit } from './limits';
import { alarmStates, gauge, graph } from './panels';
import { type DashboardContent, grid, HEIGHT, type Section } from './platform-dashboard';
import { failedSharePanel, requestRatePanel, type TrafficProps } from './traffic';

const BUDGET_PERIOD = Duration.days(BUDGET_DAYS);

/** Share of an error budget below which its gauge is orange, percent. */
const LEAST_BUDGET_PERCENT = 25;

/** Gauges side by side. */
const GAUGES_OF_A_LINE = 6;

/** An error budget: the share of requests that may be bad. */
export interface ErrorBudget {
  /** What is bad, for people, e.g. `Failed`. */
  readonly title: string;
  /** Share of requests that may be bad, percent, above 0. */
  readonly budgetPercent: number;
  /** Metric of the share of bad requests in each `period`, percent. */
  readonly badShare: (period: Duration) => IMetric;
}

/** A gauge of an objective's value and limit. */
export interface Tile {
  /** Objective and its limit, e.g. `Latency p50 ≤ 100 ms`. */
  readonly title: string;
  /** The objective's metric, in its unit. */
  readonly metric: IMetric;
  /** Value at which the colour changes. */
  readonly limit: Limit;
  /** Upper end of the gauge's scale, which begins at 0. */
  readonly max: number;
  /** Length of one point. */
  readonly period: Duration;
  /** Region of the metric. @default - the stack's region */
  readonly region?: string;
}

export interface OverviewProps extends TrafficProps {
  /** Alarms of the stack, in groups. */
  readonly alarms: AlarmGroups;
  /** Error budgets of the objectives on requests. */
  readonly budgets: readonly ErrorBudget[];
  /** One gauge for each objective. */
  readonly tiles: readonly Tile[];
}

/** Alarms, error budgets, traffic, and each objective's value with its limit. */
export function overview(props: OverviewProps): DashboardContent {
  return {
    title: 'Overview',
    question:
      'Is the API up, fast and right, and does anything run short? Start with the alarms at the top left; then the gauges that are not blue.',
    range: Duration.hours(3),
    sections: [now(props), traffic(props), objectives(props), alarms(props)],
  };
}

function now({ alarms: { composites }, budgets }: OverviewProps): Section {
  const states = alarmStates('What users notice', composites);
  const gauges = budgets.map(({ title, ...budget }) =>
    gauge({
      title: `${title}: % left`,
      series: { metric: budgetLeft(budget), label: 'of the budget' },
      limit: {
        value: LEAST_BUDGET_PERCENT,
        label: `≥ ${LEAST_BUDGET_PERCENT} %`,
        missed: 'below',
        severity: 'ticket',
      },
      max: 100,
      period: BUDGET_PERIOD,
      lookBack: BUDGET_PERIOD,
    }),
  );
  const width = Math.floor(16 / gauges.length);
  return {
    title: `Now; error budgets of the last ${BUDGET_DAYS} days, whatever range is shown: 100 % is untouched, 0 % used up`,
    lines: [
      {
        height: HEIGHT.gauge,
        panels: [...states, ...gauges],
        widths: [...states.map(() => 8 / states.length), ...gauges.map(() => width)],
      },
    ],
  };
}

/** Remaining share of an error budget, percent of the budget; below 0 if it is exceeded. */
export function budgetLeft({ badShare, budgetPercent }: Omit<ErrorBudget, 'title'>): MathExpression {
  return new MathExpression({
    expression: `100 - 100 * bad / ${budgetPercent}`,
    usingMetrics: { bad: badShare(BUDGET_PERIOD) },
    period: BUDGET_PERIOD,
  });
}

function traffic(props: OverviewProps): Section {
  const { limits, loadBalancer } = props;
  return {
    title: 'Traffic',
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          requestRatePanel(props),
          graph({
            title: 'Latency, ms',
            unit: 'ms',
            series: [50, 95, 99].map((percentile) => ({
              metric: loadBalancer.metricLatency(percentile),
              label: `p${percentile}`,
            })),
            limits: limits.of('latency-p50', 'latency-p95', 'latency-p99'),
          }),
          failedSharePanel(props),
        ],
      },
    ],
  };
}

function objectives({ tiles }: OverviewProps): Section {
  const gauges = tiles.map(({ metric, ...tile }) => gauge({ ...tile, series: { metric, label: 'now' } }));
  return {
    title: 'Objectives now: blue is kept; orange is a ticket and red a page, if it lasts',
    lines: grid(gauges, GAUGES_OF_A_LINE, HEIGHT.gauge),
  };
}

function alarms({ alarms: { burnRates, limits } }: OverviewProps): Section {
  return {
    title: 'All alarms',
    lines: [
      {
        height: 9,
        panels: [
          ...alarmStates('Limits and upkeep', limits),
          ...alarmStates('Burn rates of error budgets: two windows of a rate have to agree', burnRates),
        ],
      },
    ],
  };
}
