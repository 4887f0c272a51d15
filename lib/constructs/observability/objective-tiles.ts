import type { ResolvedConfig } from '../../config/environment-config';
import type { LimitObjective, LimitObjectiveId, Objective } from '../../config/objectives';
import type { Limit } from './dashboards/limits';

/** Names of the objectives, short enough for a tile. */
const NAMES: Readonly<Record<LimitObjectiveId, string>> = {
  'latency-p50': 'Latency p50',
  'healthy-hosts': 'Healthy pods',
  throughput: 'Load',
  concurrency: 'Open connections',
  'replicas-at-maximum': 'Replicas',
  'api-cpu': 'CPU of pods',
  'api-memory': 'Memory of pods',
  'database-cpu': 'Database CPU',
  'database-memory': 'Database memory',
  'database-disk-io': 'Database disk',
  'database-storage': 'Free storage',
  'slow-queries': 'Slow in 5 min',
  'pool-waiting': 'Wait for database',
  'pinned-connections': 'Pinned',
  'rejected-records': 'Refused records',
  'unpriced-requests': 'Without full price',
  'requests-left-active': 'Left active',
  'cache-cpu': 'Cache CPU',
  'cache-memory': 'Cache memory',
  'llm-cache-hits': 'LLM cache hits',
  'llm-response-time': 'LLM answers',
  'llm-timeouts': 'LLM time-outs',
  'provider-errors': 'Provider errors',
  'breaker-open': 'Open breakers',
  'journal-used': 'Journal',
  'calls-abandoned': 'Abandoned calls',
  'budget-limits': 'Budgets at limit',
  'cdn-errors': 'CDN errors',
  'scaler-heartbeat': 'Scaler runs',
};

const BOUNDS: Readonly<Record<LimitObjective['missed'], string>> = {
  above: '≤',
  'at-or-above': '<',
  below: '≥',
};

/** Units that a tile shows; the others are clear from the objective's name. */
const MEASURES: readonly LimitObjective['unit'][] = ['%', 'ms', 'requests/s', 'GiB'];

/** A percentage whose limit is this or higher has a scale up to 100 %; a lower one a scale of twice its limit. */
const WHOLE_SCALE_PERCENT = 20;

/** Upper end of the scale where the limit is 0. */
const SCALE_WITHOUT_LIMIT = 10;

/** Title of a tile: the objective and its limit. */
export function tileTitle(objective: Objective): string {
  if (objective.kind === 'limit') return `${NAMES[objective.id]} ${boundOf(objective)}`;
  return `${objective.bad} ≤ ${objective.budgetPercent} %`;
}

/** Limit that a tile compares its value with. */
export function tileLimit(objective: Objective): Limit {
  if (objective.kind === 'limit') return limitOf(objective);
  const { budgetPercent } = objective;
  return { value: budgetPercent, label: `≤ ${budgetPercent} %`, missed: 'above', severity: 'page' };
}

/**
 * Limit in a graph of the objective's metric; for an objective on slow requests it is the latency that counts
 * as slow.
 */
export function graphLimit(objective: Objective): Limit {
  if (objective.kind === 'limit') return limitOf(objective);
  const { budgetPercent, slowerThanMilliseconds } = objective;
  if (slowerThanMilliseconds === null) return tileLimit(objective);
  const label = `${100 - budgetPercent} % within ${slowerThanMilliseconds} ms`;
  return { value: slowerThanMilliseconds, label, missed: 'above', severity: 'page' };
}

/** Upper end of a gauge's scale, which begins at 0, in the unit of the objective. */
export function tileScale(objective: Objective, { autoscaling, database }: ResolvedConfig): number {
  if (objective.kind === 'requests') return 2 * objective.budgetPercent;
  const { id, limit, unit } = objective;
  if (id === 'healthy-hosts' || id === 'replicas-at-maximum') return 1.2 * autoscaling.hpa.maxReplicas;
  if (id === 'database-storage') return database.allocatedStorageGib;
  if (limit === 0) return SCALE_WITHOUT_LIMIT;
  return unit === '%' && limit >= WHOLE_SCALE_PERCENT ? 100 : 2 * limit;
}

function limitOf(objective: LimitObjective): Limit {
  const { limit, missed, severity } = objective;
  return {
    value: limit,
    label: boundOf(objective),
    missed: missed === 'below' ? 'below' : 'above',
    severity,
  };
}

function boundOf({ limit, missed, unit }: LimitObjective): string {
  return `${BOUNDS[missed]} ${limit}${MEASURES.includes(unit) ? ` ${unit}` : ''}`;
}
