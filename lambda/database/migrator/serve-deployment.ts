import { type CustomResourceEvent, type Outcome, sendResponse } from './custom-resource';

/** Part of the function's remaining time that is reserved for the response, ms. */
const RESPONSE_RESERVE_MS = 30_000;

/**
 * Handles one event of the custom resource and always sends a response. A failed migration fails the deployment with
 * its reason; one that takes too long is aborted in time to report that. Deleting the resource does not change the
 * database.
 * @param remainingMs time until Lambda stops the function
 */
export async function serveDeployment(
  event: CustomResourceEvent,
  remainingMs: number,
  deploy: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  await sendResponse(
    event,
    event.RequestType === 'Delete' ? { status: 'SUCCESS' } : await outcomeOf(remainingMs, deploy),
  );
}

async function outcomeOf(
  remainingMs: number,
  deploy: (signal: AbortSignal) => Promise<unknown>,
): Promise<Outcome> {
  const signal = AbortSignal.timeout(Math.max(0, remainingMs - RESPONSE_RESERVE_MS));
  try {
    await deploy(signal);
    return { status: 'SUCCESS' };
  } catch (error) {
    const reason = signal.aborted
      ? 'the migration takes longer than the function may run: run it with npm run db:migrate from inside the VPC (docs/database.md), then deploy again'
      : (error as Error).message;
    return {
      status: 'FAILED',
      reason: `Migration failed; the schema is that of the last completed migration: ${reason}`,
    };
  }
}
