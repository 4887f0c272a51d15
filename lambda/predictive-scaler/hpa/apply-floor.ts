import { type FloorLease, hasLease, leaseAnnotations } from './floor-lease';
import { type HpaClient, HpaError, type HpaRef, type HpaSnapshot } from './hpa-client';

/** What `applyFloor` did; `unchanged` sent no request. */
export type AppliedFloor = 'applied' | 'dry-run' | 'unchanged' | 'released';

/**
 * Applies the floor to the HPA: with a lease if it is above the base, otherwise by removing the lease. If `minReplicas`
 * is already as high and has no lease, another writer set it, and it is not changed.
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
    await applyMaximum(hpaClient, ref, lease, options, error);
  }
  if (options.dryRun) return 'dry-run';
  return isHeld ? 'applied' : 'released';
}

/** The API server refuses a floor above `maxReplicas`, which may have been lowered since the HPA was read. */
async function applyMaximum(
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
