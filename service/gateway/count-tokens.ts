import { passedHeaders } from './answer-headers';
import { readWhole } from './answers/read-whole';
import type { GatewayAnswer, GatewayCall } from './call';
import { CallRefused } from './call';
import { callEnd } from './call-end';
import { planCall } from './plan-call';
import type { ModelRoutes } from './upstream/model-routes';
import { type Upstream, UpstreamError } from './upstream/upstream';

export interface CountTokensProps {
  readonly models: ModelRoutes;
  readonly upstream: Upstream;
  /** Longest time of a count, ms. */
  readonly longestMs: number;
  /** Monotonic clock, ms. */
  readonly clock: () => number;
}

/**
 * Passes a count of tokens to the provider. It costs nothing and makes no row.
 * @throws CallRefused where the model is unknown or its provider counts no tokens
 */
export async function countTokens(arrived: GatewayCall, props: CountTokensProps): Promise<GatewayAnswer> {
  const call = planCall(
    { ...arrived, cacheWish: 'no-store' },
    { models: props.models, speaks: (target) => props.upstream.countsTokens(target) },
  );
  const { format, body, bytes, projectId, headers, targets, left } = call;
  const end = callEnd(left, { longestMs: props.longestMs, drainMs: 0 });
  call.onWait();
  try {
    const answer = await props.upstream.send(
      {
        ...{ format, body, bytes, projectId, headers, targets, left, stream: false },
        idempotencyKey: call.id,
        deadlineMs: props.clock() + props.longestMs,
      },
      end.signal,
    );
    const { status, target } = answer;
    const whole = await readWhole(answer);
    const begun = { cache: 'bypass', provider: target.provider, costUsd: null } as const;
    return { ...begun, status, headers: passedHeaders(answer.headers), body: whole };
  } catch (error) {
    throw error instanceof UpstreamError ? new CallRefused(error.failure, { cause: error }) : error;
  } finally {
    end.clear();
  }
}
