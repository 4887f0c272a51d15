import { CallError } from '../../shared/call-error';
import { mapLimited } from '../../shared/map-limited';
import { ANNOTATIONS, type ReleaseEvent } from '../constants';
import { type HpaClient, HpaError, type HpaRef, type HpaSnapshot } from '../hpa/hpa-client';
import { judgeLease, type LeaseDecision, type ReleaseWorkload } from './lease';

export interface ReleaseContext {
  readonly hpaClient: HpaClient;
  /** The time, ms since 1970. */
  readonly now: () => number;
}

/** What became of the floor of one workload. */
export type ReleaseResult =
  | (LeaseDecision & { readonly workload: string; readonly from?: number })
  | {
      readonly workload: string;
      readonly outcome: 'failed';
      readonly reason: string;
      readonly message: string;
    };

/** Looks at an HPA that somebody else changes in between. */
const LOOKS = 3;

/** HPAs at a time. */
const PARALLEL = 8;

/** Ends the leases that have run out. One workload that fails keeps no other from its end. */
export function releaseFloors(event: ReleaseEvent, context: ReleaseContext): Promise<ReleaseResult[]> {
  return mapLimited(event.workloads, PARALLEL, async (workload) => {
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
  for (let look = 1; ; look += 1) {
    const hpa = await readIfThere(hpaClient, ref);
    if (!hpa) return { outcome: 'kept', reason: 'no-hpa', message: 'there is no HPA' };
    const decision = judgeLease(hpa, workload, now());
    if (decision.outcome === 'kept') return decision;
    try {
      await release(hpaClient, ref, hpa, decision.minReplicas);
      return { ...decision, from: hpa.minReplicas };
    } catch (error) {
      if (!isKind(error, 'conflict') || look === LOOKS) throw error;
    }
  }
}

async function readIfThere(hpaClient: HpaClient, ref: HpaRef): Promise<HpaSnapshot | undefined> {
  try {
    return await hpaClient.read(ref);
  } catch (error) {
    if (isKind(error, 'not-found')) return undefined;
    throw error;
  }
}

/** The annotations go because they are applied no more; the resource version keeps a renewed lease alive. */
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
    `${ANNOTATIONS.expiresAt} of HPA ${ref.namespace}/${ref.name} is still there: somebody else set it too; ` +
      'remove it with kubectl annotate',
  );
}

function isKind(error: unknown, kind: HpaError['kind']): boolean {
  return error instanceof HpaError && error.kind === kind;
}
