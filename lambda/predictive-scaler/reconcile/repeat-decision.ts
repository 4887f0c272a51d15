import type { WorkloadSettings } from '../constants';
import { applyFloor } from '../hpa/apply-floor';
import { type FloorLease, isInForce, leaseEndOf } from '../hpa/floor-lease';
import type { StoredDecision } from '../state/workload-state';
import type { WorkloadReport } from '../telemetry/run-report';
import { readHpa, refOf } from './read-hpa';
import type { Run } from './run';

/**
 * Whether the slot of this run, or a later one, has been decided. A slot of the future is a clock's mistake, and a
 * dry run is no decision of a workload that acts.
 */
export function isDecided(
  stored: StoredDecision | undefined,
  { mode }: WorkloadSettings,
  { nowMinute, slotMinute }: Run,
): stored is StoredDecision {
  return (
    stored !== undefined &&
    stored.mode === mode &&
    stored.slotMinute >= slotMinute &&
    stored.slotMinute <= nowMinute + 1
  );
}

/**
 * A slot that has been decided is not decided anew, and its lease is not renewed; only what a run did not come to that
 * decided, and died before it acted, is made up for.
 */
export async function repeatDecision(
  settings: WorkloadSettings,
  stored: StoredDecision,
  run: Run,
): Promise<WorkloadReport> {
  const duplicate = { workload: settings.name, outcome: 'duplicate' } as const;
  if (stored.slotMinute > run.slotMinute) return { ...duplicate, message: 'a later slot has been decided' };
  const message = `decided by run ${stored.runId}, which holds until the slot ends`;
  if (stored.mode === 'forecast-only') return { ...duplicate, message };
  const hpa = await readHpa(run.hpaClient, settings);
  const leaseEndMinute = leaseEndOf(hpa);
  const lease = leaseOf(stored, hpa.maxReplicas);
  const isOver = lease.floor <= lease.base || lease.endMinute <= run.nowMinute;
  if (isOver || isInForce(hpa, lease)) {
    return { ...duplicate, message, leaseEndMinute };
  }
  const outcome = await applyFloor(run.hpaClient, refOf(settings), hpa, lease, { dryRun: false });
  if (outcome !== 'applied') return { ...duplicate, message, leaseEndMinute };
  return {
    workload: settings.name,
    outcome: 'repaired',
    message: `floor ${lease.floor} of run ${stored.runId} was missing, and is there now`,
    leaseEndMinute: lease.endMinute,
  };
}

function leaseOf(
  { base, floor, leaseEndMinute, reason, runId }: StoredDecision,
  maxReplicas: number,
): FloorLease {
  return { base, floor: Math.min(floor, maxReplicas), endMinute: leaseEndMinute, reason, runId };
}
