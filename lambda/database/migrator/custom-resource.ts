import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

/** What CloudFormation sends to the function of a custom resource. */
export interface CustomResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** Signed address that takes the answer, once. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

export type Outcome = { readonly status: 'SUCCESS' } | { readonly status: 'FAILED'; readonly reason: string };

/** The resource is never replaced, so it has one id for ever. */
const PHYSICAL_ID = 'llm-cost-ops-schema';

/** CloudFormation takes 4 KB in all. */
const MAX_REASON_CHARACTERS = 1500;

const TRIES = 4;
const ANSWER_TIMEOUT_MS = 5000;
const RETRY_WAIT_MS = 1000;

/**
 * Tells CloudFormation how it went; without an answer the stack would wait until its time-out.
 * @throws when nobody takes the answer
 */
export async function answer(event: CustomResourceEvent, outcome: Outcome): Promise<void> {
  const body = JSON.stringify({
    Status: outcome.status,
    Reason: outcome.status === 'FAILED' ? outcome.reason.slice(0, MAX_REASON_CHARACTERS) : undefined,
    PhysicalResourceId: PHYSICAL_ID,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  });
  for (let tries = 1; ; tries += 1) {
    try {
      return await put(event.ResponseURL, body);
    } catch (error) {
      if (tries === TRIES) throw error;
      await sleep(tries * RETRY_WAIT_MS);
    }
  }
}

function put(address: string, body: string): Promise<void> {
  const request = address.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // The address is signed for no content type at all.
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
    request(address, { method: 'PUT', headers, timeout: ANSWER_TIMEOUT_MS })
      .on('response', (response) => {
        response.resume();
        const { statusCode = 0 } = response;
        if (statusCode < 300) response.on('end', resolve);
        else reject(new Error(`CloudFormation's answer address said ${statusCode}`));
      })
      .on('timeout', function (this: { destroy(error: Error): void }) {
        this.destroy(new Error(`CloudFormation's answer address was silent for ${ANSWER_TIMEOUT_MS} ms`));
      })
      .on('error', reject)
      .end(body);
  });
}
