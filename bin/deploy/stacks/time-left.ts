/** Runs of a stack's creations and updates in the past, ms. */
export interface PastDurations {
  readonly create: readonly number[];
  readonly update: readonly number[];
}

/** A stack on its way. */
export interface StackPace {
  readonly id: string;
  readonly stackName: string;
  readonly dependencies: readonly string[];
  readonly isNew: boolean;
  /** `waiting` before CloudFormation has begun, then how long it has worked on it, then `done`. */
  readonly state: 'waiting' | 'done' | { readonly runningMs: number };
}

/**
 * How long a first deployment of a stack takes, minutes: what AWS says about the slowest resources (a Multi-AZ database
 * instance, a cluster of ElastiCache, an EKS control plane, a CloudFront distribution, the validation of a
 * certificate), rounded up. Estimates; the runs of this machine replace them.
 */
const CREATE_MINUTES: Readonly<Record<string, number>> = {
  Edge: 5,
  Network: 5,
  Data: 25,
  Cache: 15,
  Ingress: 6,
  Cdn: 10,
  Cluster: 18,
  PredictiveScaling: 5,
  Observability: 4,
};

/** Most updates change no slow resource. */
const UPDATE_MINUTES = 2;
const UNKNOWN_MINUTES = 5;
const MINUTE_MS = 60_000;

/**
 * Time until the last stack is done, ms: the longest way through the dependencies. A stack that takes longer than
 * expected counts as nearly done.
 */
export function timeLeftMs(
  stacks: readonly StackPace[],
  past: Readonly<Record<string, PastDurations>>,
): number {
  const byId = new Map(stacks.map((stack) => [stack.id, stack]));
  const ends = new Map<string, number>();
  const endOf = (stack: StackPace): number => {
    const known = ends.get(stack.id);
    if (known !== undefined) return known;
    const before = stack.dependencies.map((id) => byId.get(id)).filter((one) => one !== undefined);
    const end = Math.max(0, ...before.map(endOf)) + remainingMs(stack, past[stack.stackName]);
    ends.set(stack.id, end);
    return end;
  };
  return Math.max(0, ...stacks.map(endOf));
}

function remainingMs({ id, isNew, state }: StackPace, past?: PastDurations): number {
  if (state === 'done') return 0;
  const runs = (isNew ? past?.create : past?.update) ?? [];
  const table = isNew ? (CREATE_MINUTES[id] ?? UNKNOWN_MINUTES) : UPDATE_MINUTES;
  const expected = runs.length > 0 ? median(runs) : table * MINUTE_MS;
  return state === 'waiting' ? expected : Math.max(expected / 20, expected - state.runningMs);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
