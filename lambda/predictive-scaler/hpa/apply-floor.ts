import { type FloorLease, hasLease, leaseAnnotations } from './floor-lease';
import { type HpaClient, HpaError, type HpaRef, type HpaSnapshot } from './hpa-client';

export type AppliedFloor = 'applied' | 'dry-run' | 'unchanged' | 'released';

/**
 * Brings the floor to the HPA: with its lease where it is above the base, else by ending the lease. A `minReplicas`
 * without a lease that is as high is a person's, and stays.
 * @throws {HpaError}
 */
export async function applyFloor(
  hpaClient: HpaClient,
  ref: HpaRef,
  hpa: HpaSnapshot,
  lease: FloorLease,
  options: { readonly dryRun: boolean },
): Promise<AppliedFloor> {
  const isHeld = lease.floor > lease.base;
  const isNeeded = hasLease(hpa) || (isHeld && lease.floor > hpa.minReplicas);
  if (!isNeeded && !options.dryRun) return 'unchanged';
  const patch = { minReplicas: lease.floor, annotations: isHeld ? leaseAnnotations(lease) : {} };
  try {
    await hpaClient.apply(ref, patch, options);
  } catch (error) {
    if (!(error instanceof HpaError && error.kind === 'invalid')) throw error;
    await applyLower(hpaClient, ref, lease, options, error);
  }
  if (options.dryRun) return 'dry-run';
  return isHeld ? 'applied' : 'released';
}

/** The API server refuses a floor above the maximum, which somebody may have lowered since the HPA was read. */
async function applyLower(
  hpaClient: HpaClient,
  ref: HpaRef,
  lease: FloorLease,
  options: { readonly dryRun: boolean },
  refusal: HpaError,
): Promise<void> {
  const { maxReplicas } = await hpaClient.read(ref);
  if (maxReplicas >= lease.floor || maxReplicas < lease.base) throw refusal;
  const lower = { ...lease, floor: maxReplicas };
  const annotations = maxReplicas > lease.base ? leaseAnnotations(lower) : {};
  await hpaClient.apply(ref, { minReplicas: maxReplicas, annotations }, options);
}
