import type { ScalingConfig } from '../config';
import type { Problem, WorkloadReport } from '../telemetry/run-report';
import { classifyError } from './classify-error';
import type { Run } from './run';

/**
 * Postpones the dead man's switch to the end of this run's leases. If a lease that was not renewed ends earlier, the
 * switch is set to that end, and to the next minute if the lease is over, so that its floor is released although the
 * other workloads succeed. Without any floor the call does no harm, and proves that the switch works before it is
 * needed.
 * @returns the problem if it failed; undefined otherwise
 */
export async function extendDeadMansSwitch(
  { workloads }: ScalingConfig,
  reports: readonly WorkloadReport[],
  { deadMansSwitch, leaseEndMinute, nowMinute }: Run,
): Promise<Problem | undefined> {
  if (!deadMansSwitch) return undefined;
  const ends = reports.map((report) => report.leaseEndMinute ?? leaseEndMinute);
  const minute = Math.max(nowMinute + 1, Math.ceil(Math.min(leaseEndMinute, ...ends)));
  const floors = workloads.map(({ name, namespace, hpaName, baseMinReplicas }) => ({
    name,
    namespace,
    hpaName,
    baseMinReplicas,
  }));
  try {
    await deadMansSwitch.extendTo(minute, { workloads: floors });
    return undefined;
  } catch (error) {
    return classifyError(error);
  }
}
