import { answer, type CustomResourceEvent, type Outcome } from './custom-resource';

/** Kept back from the function's time for the answer, ms. */
const ANSWER_RESERVE_MS = 30_000;

/**
 * Answers one event of the custom resource, whatever happens: a failed migration fails the deployment with its reason,
 * one that takes too long is cut off in time to say so. A deleted resource leaves the database as it is.
 * @param remainingMs time that the function still has
 */
export async function serveDeployment(
  event: CustomResourceEvent,
  remainingMs: number,
  deploy: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  await answer(
    event,
    event.RequestType === 'Delete' ? { status: 'SUCCESS' } : await outcomeOf(remainingMs, deploy),
  );
}

async function outcomeOf(
  remainingMs: number,
  deploy: (signal: AbortSignal) => Promise<unknown>,
): Promise<Outcome> {
  const signal = AbortSignal.timeout(Math.max(0, remainingMs - ANSWER_RESERVE_MS));
  try {
    await deploy(signal);
    return { status: 'SUCCESS' };
  } catch (error) {
    const reason = signal.aborted
      ? 'the migration takes longer than the function may run: run it with npm run db:migrate from inside the VPC (docs/database.md), then deploy again'
      : (error as Error).message;
    return {
      status: 'FAILED',
      reason: `Migration failed, the schema is as the last complete one left it: ${reason}`,
    };
  }
}
