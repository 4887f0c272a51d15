import type { ResolvedConfig } from '../environment-config';
import type { LimitObjective, RequestObjective } from './objective';

/**
 * Objectives of the gateway, from metrics that the API itself sends: the load balancer cannot tell a provider's error, or
 * its time, from ours. Only with Container Insights, whose agent receives the metrics.
 */
export function gatewayObjectives(config: ResolvedConfig): readonly (RequestObjective | LimitObjective)[] {
  return config.cluster.containerInsights ? [...budgets(config), ...limits(config)] : [];
}

function budgets({
  objectives: { errorRatePercent, gatewayOverheadMilliseconds },
}: ResolvedConfig): RequestObjective[] {
  const common = { kind: 'requests', source: 'api' } as const;
  return [
    {
      ...common,
      id: 'gateway-errors',
      title: `At most ${errorRatePercent} % of the gateway's calls fail by its own fault`,
      bad: 'Gateway failed',
      budgetPercent: errorRatePercent,
      slowerThanMilliseconds: null,
    },
    {
      ...common,
      id: 'gateway-overhead',
      title: `99 % of the gateway's calls take ${gatewayOverheadMilliseconds} ms besides their provider's time`,
      bad: `Gateway over ${gatewayOverheadMilliseconds} ms`,
      budgetPercent: 1,
      slowerThanMilliseconds: gatewayOverheadMilliseconds,
    },
  ];
}

function limits({ objectives }: ResolvedConfig): LimitObjective[] {
  const common = {
    kind: 'limit',
    source: 'api',
    severity: 'ticket',
    missed: 'above',
    missing: 'good',
    periodMinutes: 5,
    periods: 3,
    badPeriods: 3,
  } as const;
  const hourly = { ...common, periodMinutes: 60, periods: 1, badPeriods: 1 } as const;
  return [
    {
      ...common,
      id: 'provider-errors',
      title: `At most ${objectives.providerErrorPercent} % of attempts to call a provider fail`,
      unit: '%',
      limit: objectives.providerErrorPercent,
    },
    {
      ...common,
      id: 'breaker-open',
      title: '0 providers have failed so often that the gateway stops calling them',
      unit: 'breakers',
      limit: 1,
      missed: 'at-or-above',
      missing: 'unknown',
    },
    {
      ...common,
      id: 'journal-used',
      title: `The journal of each replica is filled to at most ${objectives.journalUsedPercent} %`,
      unit: '%',
      limit: objectives.journalUsedPercent,
      missing: 'unknown',
    },
    {
      ...hourly,
      id: 'calls-abandoned',
      title: `At most ${objectives.callsAbandonedPerHour} calls in an hour outlive their pod`,
      unit: 'calls',
      limit: objectives.callsAbandonedPerHour,
    },
    {
      ...hourly,
      id: 'budget-limits',
      title: `At most ${objectives.budgetLimitsPerHour} budgets reach their limit in an hour`,
      unit: 'budgets',
      limit: objectives.budgetLimitsPerHour,
    },
  ];
}
