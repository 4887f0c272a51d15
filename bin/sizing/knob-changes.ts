import type { ResolvedConfig } from '../../lib/config/environment-config';
import { type ConfigInput, isRecord, valueAt } from '../../lib/config/input';
import { cpuMillis, memoryMib } from '../../lib/config/quantities';
import type { Sizing } from './recommend';
import type { RequestCost } from './request-cost';

/** A knob of `environments.ts` that the traffic wants to have another value. */
export interface KnobChange {
  /** Path in the environment, such as `autoscaling.hpa.maxReplicas`. */
  readonly path: string;
  readonly from: KnobValue;
  readonly to: KnobValue;
  readonly why: string;
}

type KnobValue = string | number | null;

/** Values this much above the need stay as they are, factor. */
const TOLERANCE = 1.1;

/** How a knob follows its need. */
type Rule =
  /** The need is the value. */
  | 'exact'
  /** Values a tenth away stay. */
  | 'near'
  /** Lower values are raised, higher ones a tenth away stay. */
  | 'at-least'
  /** Only raised: more costs nothing until it is used, or cannot be taken back. */
  | 'raise';

interface Wanted {
  readonly path: string;
  readonly to: KnobValue;
  readonly rule: Rule;
  readonly why: string;
}

/** The knobs that change, in the order of `environment-config.ts`. */
export function knobChanges(config: ResolvedConfig, sizing: Sizing, cost: RequestCost): KnobChange[] {
  return [...ofDatabase(config, sizing, cost), ...ofCache(sizing), ...ofPods(config, sizing, cost)].flatMap(
    ({ path, to, rule, why }) => {
      const from = valueAt(config, path) as KnobValue;
      return isMet(from, to, rule) ? [] : [{ path, from, to, why }];
    },
  );
}

/** The changes as a part of an environment's configuration. */
export function changesAsInput(changes: readonly Pick<KnobChange, 'path' | 'to'>[]): ConfigInput {
  const input: ConfigInput = {};
  for (const { path, to } of changes) {
    const keys = path.split('.');
    const last = keys.pop() as string;
    let section = input;
    for (const key of keys) {
      if (!isRecord(section[key])) section[key] = {};
      section = section[key];
    }
    section[last] = to;
  }
  return input;
}

function isMet(from: KnobValue, to: KnobValue, rule: Rule): boolean {
  const [is, need] = [amount(from), amount(to)];
  if (rule === 'exact' || is === undefined || need === undefined) return from === to;
  if (rule === 'raise') return is >= need;
  if (rule === 'near') return is <= need * TOLERANCE && is >= need / TOLERANCE;
  return is >= need && is <= need * TOLERANCE;
}

/** Quantities such as `500m` and `2Gi` as numbers of one unit. */
function amount(value: KnobValue): number | undefined {
  if (typeof value === 'number') return value;
  if (value === null) return undefined;
  if (/^\d+(Mi|Gi)$/.test(value)) return memoryMib(value);
  return /^\d+m?$/.test(value) ? cpuMillis(value) : undefined;
}

function ofDatabase(
  config: ResolvedConfig,
  { database, storage, partitions }: Sizing,
  cost: RequestCost,
): Wanted[] {
  const { needs } = database;
  return [
    {
      path: 'database.instanceClass',
      to: database.instanceClass,
      rule: 'exact',
      why: `${digits(needs.vcpus)} vCPU at the peak, ${digits(needs.memoryGib)} GiB for hot rows and connections`,
    },
    {
      path: 'database.allocatedStorageGib',
      to: storage.allocatedGib,
      rule: 'raise',
      why: `the first month; ${digits(storage.iops)} disk operations a second at the peak`,
    },
    {
      path: 'database.maxAllocatedStorageGib',
      to: storage.maxAllocatedGib,
      rule: 'raise',
      why: `${storage.needs.rowsGib} GiB of rows and ${storage.needs.promptsGib} of prompts over their retentions`,
    },
    {
      path: 'database.maxConnections',
      to: database.serverConnections,
      rule: 'raise',
      why: 'half of the client connections; the pooler shares them',
    },
    {
      path: 'database.summaryRefreshHours',
      to: Math.max(partitions.refreshHours, config.database.summaryRefreshHours),
      rule: 'exact',
      why: `a refresh over ${digits(partitions.rows / 1e6)} million rows takes ${digits(partitions.refreshSeconds)} s`,
    },
    {
      path: 'database.storedRequests.perDay',
      to: storage.perDay,
      rule: 'exact',
      why: 'a mean day of the traffic',
    },
    {
      path: 'database.storedRequests.promptBytes',
      to: cost['prompt-bytes'],
      rule: 'exact',
      why: 'as given with --prompt-bytes',
    },
    {
      path: 'database.maxClientConnections',
      to: database.clientConnections,
      rule: 'raise',
      why: 'the pools of all pods during a roll-out, and some',
    },
  ];
}

function ofCache({ cache }: Sizing): Wanted[] {
  const why = `${digits(cache.needs.workingSetGib)} GiB of answers, ${digits(cache.needs.commands)} commands a second`;
  return [
    { path: 'cache.nodeType', to: cache.nodeType, rule: 'exact', why },
    { path: 'cache.shards', to: cache.shards, rule: 'exact', why },
  ];
}

function ofPods(
  config: ResolvedConfig,
  { pod, hpa, capacity, requestsPerSecond }: Sizing,
  cost: RequestCost,
): Wanted[] {
  const { autoscaling, gateway } = config;
  const scalesOnRate = autoscaling.hpa.requestsPerSecond !== null;
  const isOwnRate = gateway.expectedCallsPerSecond !== autoscaling.hpa.requestsPerSecond;
  const cpu = 'three pods serve the peak at the target of the HPA';
  const memory = 'the process, its calls under way, and what the HPA keeps free';
  const given = (name: string) => `as given with --${name}`;
  return [
    { path: 'workload.cpuRequest', to: `${pod.cpuRequestMillis}m`, rule: 'at-least', why: cpu },
    { path: 'workload.cpuLimit', to: `${pod.cpuLimitMillis}m`, rule: 'raise', why: 'a core and its helpers' },
    { path: 'workload.memoryRequest', to: `${pod.memoryRequestMib}Mi`, rule: 'at-least', why: memory },
    { path: 'workload.memoryLimit', to: `${pod.memoryLimitMib}Mi`, rule: 'raise', why: memory },
    {
      path: 'gateway.maxConnections',
      to: pod.maxCalls,
      rule: 'raise',
      why: `Little's law: what a pod's CPU can serve x misses x seconds of a call`,
    },
    {
      path: 'gateway.expectedCallSeconds',
      to: cost['llm-seconds'],
      rule: 'exact',
      why: given('llm-seconds'),
    },
    ...(isOwnRate
      ? [
          {
            path: 'gateway.expectedCallsPerSecond',
            to: requestsPerSecond,
            rule: 'near' as const,
            why: 'the target of the HPA',
          },
        ]
      : []),
    {
      path: 'gateway.expectedCacheHitPercent',
      to: cost['hit-rate'],
      rule: 'exact',
      why: given('hit-rate'),
    },
    {
      path: 'autoscaling.hpa.minReplicas',
      to: hpa.minReplicas,
      rule: 'exact',
      why: 'the cheapest of the replay; at least what the stage needs',
    },
    {
      path: 'autoscaling.hpa.maxReplicas',
      to: hpa.maxReplicas,
      rule: 'raise',
      why: 'a quarter above the replay, and the objective',
    },
    ...(scalesOnRate
      ? [
          {
            path: 'autoscaling.hpa.requestsPerSecond',
            to: requestsPerSecond,
            rule: 'near' as const,
            why: `${digits(100 * hpa.target)} % of the ${digits(capacity.requestsPerSecond)} requests/s of a pod (${capacity.bound})`,
          },
        ]
      : []),
  ];
}

function digits(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value >= 100 ? 0 : value >= 1 ? 1 : 2 });
}
