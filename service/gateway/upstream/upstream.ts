import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { FailureKind, FormatName } from '../formats/call-format';
import {
  type Provider,
  type ProviderAnswer,
  type ProviderCall,
  ProviderError,
  type ProviderErrorKind,
} from '../providers/provider';
import { ReceivedBody } from '../providers/received-body';
import { Breaker } from './breaker';
import type { Target } from './model-routes';
import { judgeError, judgeStatus, retryDelayMs, type Verdict } from './retry-policy';
import { NoSlotError, Slots, SlotTimeoutError } from './slots';

/** A call with the models that may answer it. */
export interface UpstreamCall extends Omit<ProviderCall, 'model' | 'firstByteMs' | 'silenceMs'> {
  /** Tried in order. */
  readonly targets: readonly [Target, ...Target[]];
  /** Aborts when the caller has left: nothing is waited for or tried again then. */
  readonly left: AbortSignal;
  /** End of the call's time, ms of the monotonic clock. */
  readonly deadlineMs: number;
}

/** An answer that has begun, with any status. */
export interface UpstreamAnswer extends ProviderAnswer {
  /** The model that answers. */
  readonly target: Target;
  /** Attempts, the last one included. */
  readonly attempts: number;
}

/** Why no model gave an answer. */
export interface UpstreamFailure {
  readonly kind: FailureKind;
  /** Code for the ledger and for programs, such as `provider_timeout`. */
  readonly code: string;
  readonly message: string;
  /** The model that was tried last. */
  readonly target: Target;
  /** When the caller may try again, whole seconds. @default - nothing is known */
  readonly retryAfterSeconds?: number;
}

/** No model of the chain gave an answer. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';

  constructor(
    readonly failure: UpstreamFailure,
    options?: ErrorOptions,
  ) {
    super(failure.message, options);
  }
}

/** Is told what happens to providers, for metrics. */
export interface UpstreamEvents {
  /** An attempt failed: a kind of error, or a status. */
  failed(provider: string, kind: string): void;
  /** The breaker of a model opened or closed. */
  breakerChanged(provider: string, isOpen: boolean): void;
  /** An attempt ended: an answer began, or none did; its time, seconds. */
  ended(provider: string, outcome: 'ok' | 'error' | 'timeout', seconds: number): void;
}

export interface UpstreamProps {
  readonly providers: readonly Provider[];
  /** Most calls under way to a provider. */
  readonly maxConnections: number;
  /** Most calls that wait for a provider. */
  readonly maxQueued: number;
  /** Most attempts at a model. */
  readonly maxAttempts: number;
  /** Longest silence of an answer that has begun, ms. */
  readonly silenceTimeoutMs: number;
  readonly events: UpstreamEvents;
  /** Monotonic clock, ms. */
  readonly clock: () => number;
  readonly now: () => Date;
  /** Random number from 0 to below 1. */
  readonly random: () => number;
}

/** Longest wait for a slot, ms: a client that waits longer is better off with another pod. */
const SLOT_PATIENCE_MS = 10_000;

/** Least time that an attempt is worth starting, ms. */
const LEAST_ATTEMPT_MS = 100;

/** Breakers that are remembered, one a model of a provider. */
const MOST_BREAKERS = 1000;

/** Sends calls to providers: slots, breakers, retries, fallbacks, deadlines. */
export class Upstream {
  private readonly providers: ReadonlyMap<string, { readonly provider: Provider; readonly slots: Slots }>;
  private readonly breakers = new LRUCache<string, Breaker>({ max: MOST_BREAKERS });

  constructor(private readonly props: UpstreamProps) {
    this.providers = new Map(
      props.providers.map((provider) => [
        provider.name,
        { provider, slots: new Slots(props.maxConnections, props.maxQueued) },
      ]),
    );
  }

  /** Calls under way and calls that wait. */
  get inFlight(): number {
    let sum = 0;
    for (const { slots } of this.providers.values()) sum += slots.underWay + slots.waiting;
    return sum;
  }

  /** Whether a provider of the configuration takes calls of a format. */
  speaks({ provider }: Target, format: FormatName): boolean {
    return this.providers.get(provider)?.provider.speaks(format) === true;
  }

  /** Whether a provider of the configuration counts tokens. */
  countsTokens({ provider }: Target): boolean {
    return this.providers.get(provider)?.provider.countsTokens === true;
  }

  /**
   * Sends a call until a model answers it. Nothing is tried again once an answer has begun.
   * @throws UpstreamError where no model answered; the signal's reason where the signal ended the call
   */
  async send(call: UpstreamCall, signal: AbortSignal): Promise<UpstreamAnswer> {
    let failure: UpstreamError | undefined;
    for (const [index, target] of call.targets.entries()) {
      const isLast = index === call.targets.length - 1;
      const outcome = await this.askModel(call, target, isLast, signal);
      if (!(outcome instanceof UpstreamError)) return outcome;
      failure = outcome;
    }
    if (failure === undefined) throw new Error('A call has no target');
    throw failure;
  }

  async close(): Promise<void> {
    await Promise.all([...this.providers.values()].map(({ provider }) => provider.close()));
  }

  /** Attempts at one model. @returns the error where the next model may be asked, or none is left */
  private async askModel(
    call: UpstreamCall,
    target: Target,
    isLast: boolean,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer | UpstreamError> {
    const breaker = this.breakerOf(target);
    for (let attempt = 1; ; attempt += 1) {
      const waitMs = breaker.admit(this.props.clock());
      if (waitMs > 0) return breakerOpen(target, waitMs);
      const startMs = this.props.clock();
      const outcome = await this.attempt(call, target, signal).catch((error: unknown) => {
        breaker.cancelled();
        throw error;
      });
      const verdict = this.judge(outcome, { target, breaker, startMs });
      const mayRetry = verdict.retry && attempt < this.props.maxAttempts;
      const delayMs = retryDelayMs(attempt, verdict.waitMs, this.props.random);
      const isTimeLeft = this.props.clock() + delayMs + LEAST_ATTEMPT_MS < call.deadlineMs;
      if (mayRetry && isTimeLeft) {
        cancelOutcome(outcome);
        await sleep(delayMs, undefined, { signal: call.left });
        continue;
      }
      if (outcome instanceof UpstreamError) {
        if (!verdict.fallBack) throw outcome;
        return outcome;
      }
      if (outcome.status < 400 || !verdict.fallBack || isLast) return { ...outcome, attempts: attempt };
      cancelOutcome(outcome);
      return statusFailure(target, outcome.status);
    }
  }

  /** One attempt. @throws the signal's reason */
  private async attempt(
    call: UpstreamCall,
    target: Target,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer | UpstreamError> {
    const found = this.providers.get(target.provider);
    if (found === undefined) throw new Error(`No provider '${target.provider}'`);
    const { provider, slots } = found;
    const restMs = call.deadlineMs - this.props.clock();
    let release: (() => void) | undefined;
    try {
      release = slots.tryTake() ?? (await slots.wait(Math.min(SLOT_PATIENCE_MS, restMs), call.left));
      const firstByteMs = Math.max(1, call.deadlineMs - this.props.clock());
      const sent = { ...call, model: target.model, firstByteMs, silenceMs: this.props.silenceTimeoutMs };
      let answer = await provider.send(sent, signal);
      // The key may have been changed a moment ago.
      if (answer.status === 401 && (await provider.renewKeys())) {
        answer.cancel();
        answer = await provider.send(sent, signal);
      }
      return {
        ...answer,
        target,
        attempts: 1,
        body: releasing(answer.body, release),
        cancel: cancelling(answer, release),
      };
    } catch (error) {
      release?.();
      if (signal.aborted) throw signal.reason;
      if (call.left.aborted && release === undefined) throw call.left.reason;
      return toUpstreamError(error, target);
    }
  }

  private judge(
    outcome: UpstreamAnswer | UpstreamError,
    { target, breaker, startMs }: { target: Target; breaker: Breaker; startMs: number },
  ): Verdict {
    const { clock, now, events } = this.props;
    const isError = outcome instanceof UpstreamError;
    const verdict = isError ? judgeError(outcome.cause) : judgeStatus(outcome.status, outcome.headers, now());
    const wasOpen = breaker.state !== 'closed';
    const nowMs = clock();
    if (verdict.isFailure) breaker.failed(nowMs);
    else if (isError) breaker.cancelled();
    else breaker.succeeded(nowMs);
    const isOpen = breaker.state !== 'closed';
    if (isOpen !== wasOpen) events.breakerChanged(target.provider, isOpen);
    const code = isError ? outcome.failure.code : `status_${outcome.status}`;
    if (isError || outcome.status >= 400) events.failed(target.provider, code);
    const how = isError || outcome.status >= 500 ? 'error' : 'ok';
    const isTimeout = isError && outcome.failure.kind === 'timeout';
    events.ended(target.provider, isTimeout ? 'timeout' : how, (nowMs - startMs) / 1000);
    return verdict;
  }

  private breakerOf({ provider, model }: Target): Breaker {
    const name = `${provider} ${model}`;
    let breaker = this.breakers.get(name);
    if (breaker === undefined) {
      breaker = new Breaker();
      this.breakers.set(name, breaker);
    }
    return breaker;
  }
}

function cancelOutcome(outcome: UpstreamAnswer | UpstreamError): void {
  if (!(outcome instanceof UpstreamError)) outcome.cancel();
}

/** The slot is free when the last byte has arrived, or when reading ends early. */
function releasing(body: AsyncIterable<Uint8Array>, release: () => void): AsyncIterable<Uint8Array> {
  if (!(body instanceof ReceivedBody)) return releasingAfter(body, release);
  body.onEnd(release);
  return body;
}

async function* releasingAfter(
  body: AsyncIterable<Uint8Array>,
  release: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    release();
  }
}

function cancelling(answer: ProviderAnswer, release: () => void): () => void {
  return () => {
    answer.cancel();
    release();
  };
}

function breakerOpen(target: Target, waitMs: number): UpstreamError {
  const seconds = Math.ceil(waitMs / 1000);
  return new UpstreamError({
    ...{ kind: 'overloaded', code: 'breaker_open', target, retryAfterSeconds: seconds },
    message: `${target.provider} failed most calls of ${target.model} a moment ago. Try again in ${seconds} s.`,
  });
}

function statusFailure(target: Target, status: number): UpstreamError {
  const message = `${target.provider} answered ${status}`;
  return new UpstreamError({ kind: 'provider', code: `status_${status}`, message, target });
}

/** How each kind of a provider's error is answered. */
const KINDS: Readonly<Record<ProviderErrorKind, { readonly kind: FailureKind; readonly code: string }>> = {
  connect: { kind: 'provider', code: 'provider_unreachable' },
  reset: { kind: 'provider', code: 'provider_connection_lost' },
  timeout: { kind: 'timeout', code: 'provider_timeout' },
  malformed: { kind: 'provider', code: 'provider_malformed' },
  unsupported: { kind: 'invalid_request', code: 'unsupported_by_provider' },
  'no-key': { kind: 'internal', code: 'provider_key_missing' },
};

function toUpstreamError(error: unknown, target: Target): UpstreamError {
  if (error instanceof ProviderError) {
    return new UpstreamError({ ...KINDS[error.kind], message: error.message, target }, { cause: error });
  }
  if (error instanceof NoSlotError || error instanceof SlotTimeoutError) {
    const message = `Too many calls to ${target.provider} are under way: ${error.message}. Try again in a moment.`;
    const failure = { kind: 'overloaded', code: 'gateway_overloaded', message, target } as const;
    return new UpstreamError({ ...failure, retryAfterSeconds: 1 }, { cause: error });
  }
  throw error;
}
