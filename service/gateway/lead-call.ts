import { isUtf8 } from 'node:buffer';
import { passedHeaders } from './answer-headers';
import type { AnswerCache, Keep } from './answers/answer-cache';
import { keptAnswer, type SharedResult } from './answers/kept-answer';
import { type EventSplitter, MeteredStream, type StreamEnded } from './answers/metered-stream';
import { MAX_ERROR_CODE, NoAnswerError, readAnswer, wholeErrorCode } from './answers/whole-answer';
import { type CacheResult, CallRefused, type GatewayAnswer, type PlannedCall } from './call';
import { type CallUsage, expectedTokens, worstCost } from './call-cost';
import { callEnd } from './call-end';
import type { AnswerFacts, StreamFacts } from './formats/call-format';
import type { LedCall } from './led-call';
import type { CallAccounts } from './ledger/call-record';
import { ProviderError } from './providers/provider';
import {
  charactersOf,
  type Reservation,
  Settlement,
  type SettlementProps,
  type TokenGrant,
} from './settlement';
import type { Target } from './upstream/model-routes';
import { type Upstream, type UpstreamAnswer, UpstreamError } from './upstream/upstream';

/** Keeps money for calls. */
export interface SpendGuard {
  /**
   * @param worstCost null for a model without a price
   * @returns null where no budget applies
   * @throws CallRefused where a budget has no room
   */
  reserve(call: PlannedCall, worstCost: () => bigint | null): Promise<Reservation | null>;
}

/** Counts tokens a minute. */
export interface TokenGuard {
  /**
   * @returns null where no limit applies
   * @throws CallRefused where a limit has no room
   */
  take(call: PlannedCall, expectedTokens: () => number): Promise<TokenGrant | null>;
}

/** Is told how calls end, for metrics. */
export interface LeadEvents {
  /** A call of a format went to its provider: the gateway's own time until then, seconds. */
  answered(path: string, ownSeconds: number): void;
  /** A provider broke off in the middle of an answer. */
  cut(provider: string): void;
}

export interface LeadProps extends SettlementProps {
  readonly upstream: Upstream;
  readonly accounts: CallAccounts;
  readonly answers: AnswerCache;
  readonly spend: SpendGuard;
  readonly tokens: TokenGuard;
  readonly newSplitter: () => EventSplitter;
  readonly longestCallMs: number;
  readonly events: LeadEvents;
}

/** How long an answer is read on after its caller has left, ms: its usage stands at its end. */
const DRAIN_MS = 30_000;

/** Sends a call to a provider: limits, budget, journal, upstream, answer, accounts. */
export async function leadCall(call: PlannedCall, props: LeadProps): Promise<LedCall> {
  const settlement = new Settlement(call, props);
  const keep = props.answers.begin(call);
  const end = callEnd(call.left, { longestMs: props.longestCallMs, drainMs: DRAIN_MS });
  let upstream: UpstreamAnswer;
  try {
    await admit(call, settlement, props);
    upstream = await askProvider(call, settlement, { props, signal: end.signal });
  } catch (error) {
    end.clear();
    settlement.release();
    throw error;
  }
  const led = { call, settlement, upstream, props, keep };
  if (upstream.isStream && upstream.status < 400) return leadStream(led, end.clear);
  try {
    return await leadWhole(led);
  } finally {
    end.clear();
  }
}

/** What is known of a call once its provider answers. */
interface Led {
  readonly call: PlannedCall;
  readonly settlement: Settlement;
  readonly upstream: UpstreamAnswer;
  readonly props: LeadProps;
  readonly keep: Keep;
}

/** Limits and budget, then the journal: from there on the call is in the ledger. */
async function admit(call: PlannedCall, settlement: Settlement, props: LeadProps): Promise<void> {
  settlement.grant = await props.tokens.take(call, () => expectedTokens(call));
  settlement.reservation = await props.spend.reserve(call, () => worstCost(call, props.prices));
  const [{ provider, model }] = call.targets;
  const { id, projectId, userId, tags, facts } = call;
  await props.accounts.start({
    ...{ id, projectId, user: userId, provider, model, tags, keyId: call.caller.principal.keyId },
    serviceTier: facts.serviceTier,
    promptCharacters: call.bytes.length - facts.imageBytes,
  });
}

async function askProvider(
  call: PlannedCall,
  settlement: Settlement,
  { props, signal }: { readonly props: LeadProps; readonly signal: AbortSignal },
): Promise<UpstreamAnswer> {
  const { format, body, bytes, facts, projectId, headers, targets, left } = call;
  const askedMs = props.clock();
  call.onWait();
  try {
    const answer = await props.upstream.send(
      {
        ...{ format, body, bytes, projectId, headers, targets, left },
        stream: facts.stream,
        idempotencyKey: headers['idempotency-key'] ?? call.id,
        deadlineMs: call.startMs + props.longestCallMs,
      },
      signal,
    );
    props.events.answered(format.path, (askedMs - call.startMs) / 1000);
    return answer;
  } catch (error) {
    const failure = error instanceof UpstreamError ? error.failure : undefined;
    settlement.settle({
      target: failure?.target ?? targets[0],
      ...{ status: 'failed', serviceTier: null, cacheHit: false },
      errorCode: failure?.code ?? (left.aborted ? 'caller_left' : 'internal_error'),
      used: null,
    });
    throw failure === undefined ? error : new CallRefused(failure, { cause: error });
  }
}

async function leadWhole({ call, settlement, upstream, props, keep }: Led): Promise<LedCall> {
  const { target, status, headers } = upstream;
  const { bytes, text, answer } = await readAnswer(upstream).catch((error: unknown) => {
    props.events.cut(target.provider);
    throw refuseUnread(error, target, settlement);
  });
  const facts = answer && call.format.readAnswer(answer);
  const errorCode = wholeErrorCode(status, answer);
  const costUsd = settlement.settle({
    ...{ target, cacheHit: false, errorCode },
    status: errorCode === null ? 'completed' : 'failed',
    used: usedOf(settlement, errorCode, facts),
    serviceTier: facts?.serviceTier ?? null,
  });
  const result = resultOf(upstream, text, errorCode === null ? facts : undefined);
  if (result.kind === 'answer' && facts?.isCacheable) keep(result);
  return {
    answer: {
      ...begun(call, upstream),
      status,
      headers: { ...(answer && { 'content-type': 'application/json' }), ...passedHeaders(headers) },
      // Valid UTF-8 is the same bytes as a text, and leaves in one write with the headers.
      body: isUtf8(bytes) ? text : bytes,
      costUsd,
    },
    result: Promise.resolve(result),
  };
}

/** Accounts for a call whose answer could not be read. @returns what its caller gets */
function refuseUnread(error: unknown, target: Target, settlement: Settlement): CallRefused {
  const isPart = !(error instanceof NoAnswerError) || error.isPart;
  const isMalformed =
    error instanceof NoAnswerError || (error instanceof ProviderError && error.kind === 'malformed');
  const code = isMalformed ? 'provider_malformed' : 'provider_cut';
  settlement.settle({
    ...{ target, status: 'failed', errorCode: code, serviceTier: null, cacheHit: false },
    used: isPart ? charactersOf(settlement.prompt, 0) : null,
  });
  const reason = isMalformed ? (error as Error).message : 'the connection broke';
  const message =
    error instanceof NoAnswerError ? reason : `${target.provider} broke off its answer: ${reason}.`;
  return new CallRefused({ kind: 'provider', code, message }, { cause: error });
}

function usedOf(settlement: Settlement, errorCode: string | null, facts?: AnswerFacts): CallUsage | null {
  if (facts?.usage != null) return { usage: facts.usage };
  return errorCode === null ? charactersOf(settlement.prompt, facts?.outputCharacters ?? 0) : null;
}

function resultOf(
  { status, headers, target }: UpstreamAnswer,
  text: string,
  facts?: AnswerFacts,
): SharedResult {
  if (facts !== undefined) return keptAnswer(text, target, facts);
  const contentType = headers['content-type'] ?? 'application/json';
  return { kind: 'error', status, contentType, retryAfter: headers['retry-after'] ?? null, text, target };
}

function leadStream({ call, settlement, upstream, props, keep }: Led, onEnd: () => void): LedCall {
  const { format, body, requestId, cacheKey } = call;
  const { target, status, headers } = upstream;
  const usageAsked = format.asksForUsage(body);
  const meter = format.meter({ usageAsked, assemble: cacheKey !== null });
  const stream = new MeteredStream({
    body: upstream.body,
    cancel: upstream.cancel,
    splitter: props.newSplitter(),
    meter,
    drainMs: DRAIN_MS,
    brokenEvent: () =>
      format.failureEvent({
        ...{ kind: 'provider', code: 'provider_cut', requestId },
        message: `${target.provider} broke off its answer.`,
      }),
  });
  const result = stream.ended.then((ended): SharedResult | null => {
    onEnd();
    if (ended.facts.end !== 'complete') props.events.cut(target.provider);
    settleStream(settlement, upstream, ended);
    const whole = ended.facts.end === 'complete' ? meter.answer() : null;
    if (whole === null) return null;
    const kept = keptAnswer(JSON.stringify(whole), target, ended.facts);
    if (ended.facts.isCacheable) keep(kept);
    return kept;
  });
  const answer: GatewayAnswer = {
    ...begun(call, upstream),
    ...{ status, headers: passedHeaders(headers), body: stream, costUsd: null },
  };
  return { answer, result };
}

function settleStream(
  settlement: Settlement,
  { target }: UpstreamAnswer,
  { facts, callerLeft }: StreamEnded,
): void {
  const { end, usage, outputCharacters, serviceTier } = facts;
  settlement.settle({
    ...{ target, serviceTier, cacheHit: false },
    status: end === 'complete' ? 'completed' : 'failed',
    errorCode: errorCodeOf(facts, callerLeft),
    // The usage of a stream that broke off is that of its beginning.
    used:
      usage !== null && end === 'complete' ? { usage } : charactersOf(settlement.prompt, outputCharacters),
  });
}

function errorCodeOf({ end, error }: StreamFacts, callerLeft: boolean): string | null {
  if (end === 'complete') return null;
  if (end === 'error') return (error?.code ?? 'error').slice(0, MAX_ERROR_CODE);
  return callerLeft ? 'caller_left' : 'provider_cut';
}

function begun({ cacheKey, cacheWish }: PlannedCall, { target }: UpstreamAnswer) {
  const cache: CacheResult = cacheKey === null || cacheWish !== 'default' ? 'bypass' : 'miss';
  return { cache, provider: target.provider };
}
