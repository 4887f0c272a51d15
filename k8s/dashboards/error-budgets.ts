import { reachableBurnRates } from '../../lib/config/burn-rates';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_NAME } from '../../lib/config/names';
import { type RequestObjective, requestObjectives } from '../../lib/config/objectives';
import { BURN_WINDOWS, pagingWindows } from './burn-windows';
import type { PanelContent } from './grafana';
import { HEIGHT, type Section } from './layout';
import { atLeast, atMost } from './limit';
import { graph, stat } from './panels';
import * as promql from './promql';

const PODS = promql.podsOf(API_NAME);

/** Step of queries over hours: few points, because Prometheus also answers the HPA's queries. */
const LONG_WINDOW_INTERVAL = '5m';

/** Error budgets of the objectives that the API measures; requests that the load balancer refuses never reach it. */
export function errorBudgets(config: ResolvedConfig): Section {
  const objectives = requestObjectives(config).filter(({ id }) => id !== 'availability');
  return {
    title: 'Error budgets',
    lines: [
      { height: HEIGHT.stat, panels: objectives.map(budgetLeft) },
      { height: HEIGHT.graph, panels: objectives.map(burnRates) },
    ],
  };
}

function budgetLeft(objective: RequestObjective): PanelContent {
  return stat({
    title: `Budget left: ${objective.bad}`,
    description: `${objective.title}. What is left of the ${objective.budgetPercent} % that may be bad, counted over the time that the dashboard shows. The Prometheus of the platform keeps 6 hours; for the budget of 30 days show 30 days of one that keeps them, or look into CloudWatch.`,
    unit: 'percent',
    decimals: 1,
    expr: promql.errorBudgetLeft(objective, { pods: PODS, window: promql.SHOWN_TIME }),
    limit: atLeast(0),
    noValue: 'no requests',
  });
}

function burnRates(objective: RequestObjective): PanelContent {
  const paging = pagingWindows(reachableBurnRates(objective.budgetPercent));
  const factors = paging.map(({ window, factor }) => `${factor} over ${window}`).join(', ');
  return graph({
    title: `Burn rate: ${objective.bad}`,
    description: `${objective.title}. How many times as fast as it may the budget burns: at 1 it lasts exactly its 30 days. Dashed: where the alarms page somebody (${factors || 'at none'}).`,
    unit: 'none',
    decimals: 1,
    interval: LONG_WINDOW_INTERVAL,
    queries: BURN_WINDOWS.map(({ window }) => ({
      expr: promql.burnRate(objective, { pods: PODS, window }),
      legend: window,
    })),
    limits: paging.map(({ factor }) => atMost(factor)),
  });
}
