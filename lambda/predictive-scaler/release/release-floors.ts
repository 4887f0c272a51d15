import { CallError } from '../../../service/shared/call-error';
import { mapLimited } from '../../shared/map-limited';
import { ANNOTATIONS, type ReleaseEvent } from '../constants';
import { type HpaClient, HpaError, type HpaRef, type HpaSnapshot } from '../hpa/hpa-client';
import { judgeLease, type LeaseDecision, type ReleaseWorkload } from './lease';

/** Client and clock of a release. */
export interface ReleaseContext {
  /** Reads and patches the HPAs. */
  readonly hpaClient: HpaClient;
  /** Current time, ms since 1970-01-01 UTC. */
  readonly now: () => number;
}

/** Result for the floor of one workload; `from` is the floor that was released. */
export type ReleaseResult =
  | (LeaseDecision & { readonly workload: string; readonly from?: number })
  | {
      readonly workload: string;
      readonly outcome: 'failed';
      readonly reason: string;
      readonly message: string;
    };

/** Attempts for an HPA that another writer changes in the meantime. */
const MAX_ATTEMPTS = 3;

/** HPAs released concurrently. */
const CONCURRENCY = 8;

/** Releases the floors whose leases have expired. A failed workload does not stop the others. */
export function releaseFloors(event: ReleaseEvent, context: ReleaseContext): Promise<ReleaseResult[]> {
  return mapLimited(event.workloads, CONCURRENCY, async (workload) => {
    try {
      return { workload: workload.name, ...(await releaseFloor(workload, context)) };
    } catch (error) {
      const reason = error instanceof CallError ? error.kind : 'unexpected';
      return { workload: workload.name, outcome: 'failed', reason, message: (error as Error).message };
    }
  });
}

async function releaseFloor(
  workload: ReleaseWorkload,
  { hpaClient, now }: ReleaseContext,
): Promise<LeaseDecision & { from?: number }> {
  const ref = { namespace: workload.namespace, name: workload.hpaName };
  for (let attempt = 1; ; attempt += 1) {
    const hpa = await readIfExists(hpaClient, ref);
    if (!hpa) return { outcome: 'kept', reason: 'no-hpa', message: 'the HPA does not exist' };
    const decision = judgeLease(hpa, workload, now());
    if (decision.outcome === 'kept') return decision;
    try {
      await release(hpaClient, ref, hpa, decision.minReplicas);
      return { ...decision, from: hpa.minReplicas };
    } catch (error) {
      if (!isKind(error, 'conflict') || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function readIfExists(hpaClient: HpaClient, ref: HpaRef): Promise<HpaSnapshot | undefined> {
  try {
    return await hpaClient.read(ref);
  } catch (error) {
    if (isKind(error, 'not-found')) return undefined;
    throw error;
  }
}

/** Applying without the annotations removes them; the resource version protects a lease that was renewed just now. */
async function release(
  hpaClient: HpaClient,
  ref: HpaRef,
  { resourceVersion }: HpaSnapshot,
  minReplicas: number,
): Promise<void> {
  const applied = await hpaClient.apply(
    ref,
    { minReplicas, annotations: {}, resourceVersion },
    { dryRun: false },
  );
  if (applied.annotations[ANNOTATIONS.expiresAt] === undefined) return;
  throw new Error(
    `${ANNOTATIONS.expiresAt} of HPA ${ref.namespace}/${ref.name} is still set: another field manager owns it too; ` +
      'remove it with kubectl annotate',
  );
}

function isKind(error: unknown, kind: HpaError['kind']): boolean {
  return error instanceof HpaError && error.kind === kind;
}
