import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

/** Event that CloudFormation sends to the function of a custom resource. */
export interface CustomResourceEvent {
  /** What happens to the resource in the stack. */
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** Presigned URL that accepts one response. */
  readonly ResponseURL: string;
  /** ARN of the stack; the response repeats it. */
  readonly StackId: string;
  /** Id of the request; the response repeats it. */
  readonly RequestId: string;
  /** Id of the resource in the template; the response repeats it. */
  readonly LogicalResourceId: string;
}

/** Result that is reported to CloudFormation; `reason` is shown in the stack's events. */
export type Outcome = { readonly status: 'SUCCESS' } | { readonly status: 'FAILED'; readonly reason: string };

/** CloudFormation accepts a response of at most 4 KB. */
const MAX_REASON_CHARACTERS = 1500;

/** Attempts to send the response. */
const MAX_ATTEMPTS = 4;
const RESPONSE_TIMEOUT_MS = 5000;
const RETRY_WAIT_MS = 1000;

/**
 * Sends the outcome to CloudFormation; without a response the stack waits until its timeout.
 * @param physicalId id of the resource; CloudFormation replaces a resource whose id changes
 * @throws Error of the last attempt, where none succeeds
 */
export async function sendResponse(
  event: CustomResourceEvent,
  physicalId: string,
  outcome: Outcome,
): Promise<void> {
  const body = JSON.stringify({
    Status: outcome.status,
    Reason: outcome.status === 'FAILED' ? outcome.reason.slice(0, MAX_REASON_CHARACTERS) : undefined,
    PhysicalResourceId: physicalId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  });
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await put(event.ResponseURL, body);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
      await sleep(attempt * RETRY_WAIT_MS);
    }
  }
}

function put(address: string, body: string): Promise<void> {
  const request = address.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // The URL is signed for an empty content type.
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
    request(address, { method: 'PUT', headers, timeout: RESPONSE_TIMEOUT_MS })
      .on('response', (response) => {
        response.resume();
        const { statusCode = 0 } = response;
        if (statusCode < 300) response.on('end', resolve);
        else reject(new Error(`CloudFormation's ResponseURL answered ${statusCode}`));
      })
      .on('timeout', function (this: { destroy(error: Error): void }) {
        this.destroy(
          new Error(`CloudFormation's ResponseURL did not answer within ${RESPONSE_TIMEOUT_MS} ms`),
        );
      })
      .on('error', reject)
      .end(body);
  });
}
