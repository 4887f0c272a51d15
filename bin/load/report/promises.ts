import { defaultsFor } from '../../../lib/config/defaults/defaults';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { cpuMillis, memoryMib } from '../../../lib/config/quantities';
import type { PodLimits, PromisedObjectives } from './kpis';

/** What the project promises: the defaults of `objectives`, which prod has. */
export function promisedObjectives(): PromisedObjectives {
  return defaultsFor('prod', {}).objectives;
}

/** What a pod of an environment may take. */
export function podLimitsOf({ workload }: ResolvedConfig): PodLimits {
  return { cores: cpuMillis(workload.cpuLimit) / 1000, memoryMiB: memoryMib(workload.memoryLimit) };
}
