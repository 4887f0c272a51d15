import type { Flights, Joined } from './answers/flights';
import type { KeptAnswer, SharedResult } from './answers/kept-answer';
import { CallRefused, type GatewayAnswer, type GatewayCall, type PlannedCall } from './call';
import { parseObject } from './formats/json';
import type { KnownBodies } from './known-bodies';
import { type LeadProps, leadCall } from './lead-call';
import { type PlanProps, planCall } from './plan-call';
import { charactersOf, Settlement } from './settlement';

/** Is told of look-ups of kept answers, for metrics. */
export interface LookUpEvents {
  lookedUp(result: 'hit' | 'miss'): void;
}

export interface GatewayProps extends LeadProps {
  readonly plan: PlanProps;
  readonly flights: Flights;
  readonly cacheEvents: LookUpEvents;
  /** Remembers the bodies of calls that may come again. */
  readonly bodies: Pick<KnownBodies, 'remember'>;
}

/** Attempts to join a call before it is made anew, without others. */
const MOST_JOINS = 2;

/** Stands before the providers: answers from the cache, joins identical calls, sends the others and accounts for all. */
export class Gateway {
  constructor(private readonly props: GatewayProps) {}

  /** Calls under way and calls that wait. */
  get inFlight(): number {
    return this.props.upstream.inFlight;
  }

  /**
   * Answers a call.
   * @throws CallRefused where it is refused or cannot be answered
   */
  async answer(arrived: GatewayCall): Promise<GatewayAnswer> {
    const call = planCall(arrived, this.props.plan);
    if (call.cacheKey === null) return (await leadCall(call, this.props)).answer;
    this.props.bodies.remember(call.format, call.projectId, call.read);
    const kept = call.cacheWish === 'no-cache' ? undefined : await this.props.answers.find(call);
    if (call.cacheWish !== 'no-cache') this.props.cacheEvents.lookedUp(kept === undefined ? 'miss' : 'hit');
    if (kept !== undefined) return this.repeat(call, kept);
    return this.share(call, call.cacheKey);
  }

  private async share(call: PlannedCall, key: string): Promise<GatewayAnswer> {
    for (let attempt = 1; attempt <= MOST_JOINS; attempt += 1) {
      const joined = await this.join(call, key);
      if (joined === null) continue;
      if ('status' in joined) return joined;
      return joined.kind === 'stream' ? this.followStream(call, joined) : this.repeat(call, joined.result);
    }
    return (await leadCall(call, this.props)).answer;
  }

  /** A failure of the joined call is this call's, too, and has a row of its own. */
  private async join(call: PlannedCall, key: string): Promise<GatewayAnswer | Joined | null> {
    let isLeader = false;
    const lead = () => {
      isLeader = true;
      return leadCall(call, this.props);
    };
    try {
      return await this.props.flights.join(call, key, lead);
    } catch (error) {
      // Limits and budgets are each caller's own.
      const isShared = error instanceof CallRefused && SHARED_KINDS.has(error.refusal.kind);
      if (isLeader || !(error instanceof CallRefused)) throw error;
      if (!isShared) return null;
      this.settleJoined(call, { failure: error.refusal.code });
      throw error;
    }
  }

  /** An answer that was kept, or that another call has just got. */
  private repeat(call: PlannedCall, result: SharedResult): GatewayAnswer {
    this.props.accounts.checkRoom();
    if (result.kind === 'answer') return this.repeatAnswer(call, result);
    const { status, contentType, retryAfter, text, target } = result;
    const costUsd = this.settleJoined(call, { failure: `provider_${status}` });
    const headers = {
      'content-type': contentType,
      ...(retryAfter !== null && { 'retry-after': retryAfter }),
    };
    return { status, headers, body: text, cache: 'hit', provider: target.provider, costUsd };
  }

  private repeatAnswer(call: PlannedCall, kept: KeptAnswer): GatewayAnswer {
    const { format, facts, body } = call;
    const costUsd = this.settleJoined(call, { kept });
    const answer = facts.stream ? parseObject(kept.text) : undefined;
    const repeated = { status: 200, cache: 'hit', provider: kept.target.provider, costUsd } as const;
    if (answer === undefined) {
      return { ...repeated, headers: { 'content-type': 'application/json' }, body: kept.text };
    }
    const events = format.replay(answer, format.asksForUsage(body));
    return {
      ...repeated,
      headers: { 'content-type': 'text/event-stream; charset=utf-8' },
      body: toStream(events),
    };
  }

  private followStream(call: PlannedCall, { stream, result }: Joined & { kind: 'stream' }): GatewayAnswer {
    void result.then((shared) => {
      if (shared?.kind === 'answer') this.settleJoined(call, { kept: shared });
      else this.settleJoined(call, { failure: 'provider_cut' });
    });
    const [{ provider }] = call.targets;
    const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
    return { status: 200, headers, body: stream, cache: 'hit', provider, costUsd: null };
  }

  /** The row of a call that nothing was sent upstream for. */
  private settleJoined(
    call: PlannedCall,
    how: { readonly kept: KeptAnswer } | { readonly failure: string },
  ): string | null {
    const settlement = new Settlement(call, this.props);
    if ('failure' in how) {
      const [target] = call.targets;
      return settlement.settle({
        ...{
          target,
          status: 'failed',
          errorCode: how.failure,
          used: null,
          serviceTier: null,
          cacheHit: true,
        },
      });
    }
    const { target, usage, serviceTier, outputCharacters } = how.kept;
    const used = usage === null ? charactersOf(settlement.prompt, outputCharacters) : { usage };
    return settlement.settle({
      target,
      status: 'completed',
      errorCode: null,
      used,
      serviceTier,
      cacheHit: true,
    });
  }
}

/** Failures of the provider, which every waiter gets. */
const SHARED_KINDS: ReadonlySet<string> = new Set(['provider', 'timeout', 'overloaded']);

async function* toStream(events: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* events;
}
