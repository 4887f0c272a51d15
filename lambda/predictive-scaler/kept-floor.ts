import type { WorkloadSettings } from './constants';
import { applyFloor } from './hpa/apply-floor';
import { type FloorLease, isInForce, leaseEndOf } from './hpa/floor-lease';
import { readHpa, refOf } from './read-hpa';
import type { WorkloadReport } from './report';
import type { Run } from './run';
import type { KeptDecision } from './workload-state';

/**
 * Whether the slot of this run, or a later one, has been decided. A slot of the future is a clock's mistake, and a
 * dry run is no decision of a workload that acts.
 */
export function isDecided(
  kept: KeptDecision | undefined,
  { mode }: WorkloadSettings,
  { nowMinute, slotMinute }: Run,
): kept is KeptDecision {
  return (
    kept !== undefined &&
    kept.mode === mode &&
    kept.slotMinute >= slotMinute &&
    kept.slotMinute <= nowMinute + 1
  );
}

/**
 * A slot that has been decided is not decided anew, and its lease is not renewed; only what a run did not come to that
 * decided, and died before it acted, is made up for.
 */
export async function repeatDecision(
  settings: WorkloadSettings,
  kept: KeptDecision,
  run: Run,
): Promise<WorkloadReport> {
  const duplicate = { workload: settings.name, outcome: 'duplicate' } as const;
  if (kept.slotMinute > run.slotMinute) return { ...duplicate, message: 'a later slot has been decided' };
  const message = `decided by run ${kept.runId}, which holds until the slot ends`;
  if (kept.mode === 'forecast-only') return { ...duplicate, message };
  const hpa = await readHpa(run.hpaClient, settings);
  const leaseEndMinute = leaseEndOf(hpa);
  const lease = leaseOf(kept, hpa.maxReplicas);
  const isOver = lease.floor <= lease.base || lease.endMinute <= run.nowMinute;
  if (isOver || isInForce(hpa, lease)) {
    return { ...duplicate, message, leaseEndMinute };
  }
  const outcome = await applyFloor(run.hpaClient, refOf(settings), hpa, lease, { dryRun: false });
  if (outcome !== 'applied') return { ...duplicate, message, leaseEndMinute };
  return {
    workload: settings.name,
    outcome: 'repaired',
    message: `floor ${lease.floor} of run ${kept.runId} was missing, and is there now`,
    leaseEndMinute: lease.endMinute,
  };
}

function leaseOf(
  { base, floor, leaseEndMinute, reason, runId }: KeptDecision,
  maxReplicas: number,
): FloorLease {
  return { base, floor: Math.min(floor, maxReplicas), endMinute: leaseEndMinute, reason, runId };
}
