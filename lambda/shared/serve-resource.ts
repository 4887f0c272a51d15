import { type CustomResourceEvent, type Outcome, sendResponse } from './custom-resource';

/** Part of the function's remaining time that is reserved for the response, ms. */
const RESPONSE_RESERVE_MS = 30_000;

/** What CloudFormation is told of a custom resource. */
export interface ServedResource {
  /** Id of the resource. It never changes, so that CloudFormation never replaces the resource. */
  readonly physicalId: string;
  /** Reason of a failed deployment. @param error what `deploy` threw @param aborted whether its time was over */
  readonly failure: (error: Error, aborted: boolean) => string;
}

/**
 * Handles one event of a custom resource and always sends a response. What fails makes the deployment fail with its
 * reason; what takes too long is aborted in time to report that. Deleting the resource does nothing.
 * @param remainingMs time until Lambda stops the function
 */
export async function serveResource(
  event: CustomResourceEvent,
  remainingMs: number,
  resource: ServedResource,
  deploy: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const outcome: Outcome =
    event.RequestType === 'Delete' ? { status: 'SUCCESS' } : await outcomeOf(remainingMs, resource, deploy);
  await sendResponse(event, resource.physicalId, outcome);
}

async function outcomeOf(
  remainingMs: number,
  { failure }: ServedResource,
  deploy: (signal: AbortSignal) => Promise<unknown>,
): Promise<Outcome> {
  const signal = AbortSignal.timeout(Math.max(0, remainingMs - RESPONSE_RESERVE_MS));
  try {
    await deploy(signal);
    return { status: 'SUCCESS' };
  } catch (error) {
    return { status: 'FAILED', reason: failure(error as Error, signal.aborted) };
  }
}
