import type { WorkloadSettings } from '../constants';
import { applyFloor } from '../hpa/apply-floor';
import { type FloorLease, isInForce, leaseEndOf } from '../hpa/floor-lease';
import type { StoredDecision } from '../state/workload-state';
import type { WorkloadReport } from '../telemetry/run-report';
import { hpaRefOf, readHpa } from './read-hpa';
import type { Run } from './run';

/**
 * Whether this run's slot, or a later one, has been decided already. A slot in the future comes from a wrong clock and
 * does not count; nor does a decision in another mode.
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
 * Handles a slot that has been decided already: it makes no new decision and does not renew the lease. It applies the
 * floor only if the run that decided stopped before it could.
 */
export async function repeatDecision(
  settings: WorkloadSettings,
  stored: StoredDecision,
  run: Run,
): Promise<WorkloadReport> {
  const duplicate = { workload: settings.name, outcome: 'duplicate' } as const;
  if (stored.slotMinute > run.slotMinute) return { ...duplicate, message: 'a later slot has been decided' };
  const message = `run ${stored.runId} has decided this slot; its decision holds until the slot ends`;
  if (stored.mode === 'forecast-only') return { ...duplicate, message };
  const hpa = await readHpa(run.hpaClient, settings);
  const leaseEndMinute = leaseEndOf(hpa);
  const lease = leaseOf(stored, hpa.maxReplicas);
  const isOver = lease.floor <= lease.base || lease.endMinute <= run.nowMinute;
  if (isOver || isInForce(hpa, lease)) {
    return { ...duplicate, message, leaseEndMinute };
  }
  const outcome = await applyFloor(run.hpaClient, hpaRefOf(settings), hpa, lease, { dryRun: false });
  if (outcome !== 'applied') return { ...duplicate, message, leaseEndMinute };
  return {
    workload: settings.name,
    outcome: 'repaired',
    message: `floor ${lease.floor} of run ${stored.runId} was missing on the HPA and has been applied`,
    leaseEndMinute: lease.endMinute,
  };
}

function leaseOf(
  { base, floor, leaseEndMinute, reason, runId }: StoredDecision,
  maxReplicas: number,
): FloorLease {
  return { base, floor: Math.min(floor, maxReplicas), endMinute: leaseEndMinute, reason, runId };
}
