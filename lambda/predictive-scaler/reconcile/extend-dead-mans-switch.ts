import type { ScalingConfig } from '../config';
import type { Problem, WorkloadReport } from '../telemetry/run-report';
import { classifyError } from './classify-error';
import type { Run } from './run';

/**
 * Puts the dead man's switch off to the end of the leases of this run; sooner where one that was not renewed ends
 * sooner, and to the next minute where one is over: it is looked after although all the others are well. With no floor
 * up it does no harm, and shows that the switch can be pushed before the first floor needs it.
 * @returns what kept it where it was; undefined: nothing
 */
export async function extendDeadMansSwitch(
  { workloads }: ScalingConfig,
  reports: readonly WorkloadReport[],
  { deadMansSwitch, leaseEndMinute, nowMinute }: Run,
): Promise<Problem | undefined> {
  if (!deadMansSwitch) return undefined;
  const ends = reports.map((report) => report.leaseEndMinute ?? leaseEndMinute);
  const minute = Math.max(nowMinute + 1, Math.ceil(Math.min(leaseEndMinute, ...ends)));
  const released = workloads.map(({ name, namespace, hpaName, baseMinReplicas }) => ({
    name,
    namespace,
    hpaName,
    baseMinReplicas,
  }));
  try {
    await deadMansSwitch.pushTo(minute, { workloads: released });
    return undefined;
  } catch (error) {
    return classifyError(error);
  }
}
