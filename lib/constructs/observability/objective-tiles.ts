import type { ResolvedConfig } from '../../config/environment-config';
import type { LimitObjective, LimitObjectiveId, Objective } from '../../config/objectives';
import type { Limit } from './dashboards/limits';

/** What each objective is about, in the few words that a tile has room for. */
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
  'cache-cpu': 'Cache CPU',
  'cache-memory': 'Cache memory',
  'llm-cache-hits': 'LLM cache hits',
  'llm-response-time': 'LLM answers',
  'llm-timeouts': 'LLM time-outs',
  'cdn-errors': 'CDN errors',
  'scaler-heartbeat': 'Scaler runs',
};

const BOUNDS: Readonly<Record<LimitObjective['missed'], string>> = {
  above: '≤',
  'at-or-above': '<',
  below: '≥',
};

/** Units that say something which an objective's name does not. */
const MEASURES: readonly LimitObjective['unit'][] = ['%', 'ms', 'requests/s', 'GiB'];

/** A percentage with a limit from here on is shown on the whole scale, others around their limit. */
const WHOLE_SCALE_PERCENT = 20;

/** What a tile says above its value: the objective and its limit. */
export function tileTitle(objective: Objective): string {
  if (objective.kind === 'limit') return `${NAMES[objective.id]} ${boundOf(objective)}`;
  return `${objective.bad} ≤ ${objective.budgetPercent} %`;
}

/** The limit as a tile compares with it. */
export function tileLimit(objective: Objective): Limit {
  if (objective.kind === 'limit') return limitOf(objective);
  const { budgetPercent } = objective;
  return { value: budgetPercent, label: `≤ ${budgetPercent} %`, missed: 'above', severity: 'page' };
}

/** The limit as a graph of the objective's metric shows it: of a share that may be slow, what counts as slow. */
export function graphLimit(objective: Objective): Limit {
  if (objective.kind === 'limit') return limitOf(objective);
  const { budgetPercent, slowerThanMilliseconds } = objective;
  if (slowerThanMilliseconds === null) return tileLimit(objective);
  const label = `${100 - budgetPercent} % within ${slowerThanMilliseconds} ms`;
  return { value: slowerThanMilliseconds, label, missed: 'above', severity: 'page' };
}

/** End of a gauge's scale, which begins at 0. */
export function tileScale(objective: Objective, { autoscaling, database }: ResolvedConfig): number {
  if (objective.kind === 'requests') return 2 * objective.budgetPercent;
  const { id, limit, unit } = objective;
  if (id === 'healthy-hosts' || id === 'replicas-at-maximum') return 1.2 * autoscaling.hpa.maxReplicas;
  if (id === 'database-storage') return database.allocatedStorageGib;
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
