import { COST_DECIMALS, formatUsd, type PicoUsd } from '../prices/money';
import type { PlannedCall } from './call';
import { type CallCost, type CallPrices, type CallUsage, callCost } from './call-cost';
import type { CallAccounts, CallCharacters, CallEnd } from './ledger/call-record';
import type { Target } from './upstream/model-routes';

/** Money that is kept for a call until its cost is known. */
export interface Reservation {
  /** Counts what the call cost; null: nobody knows. A second call changes nothing. */
  settle(cost: PicoUsd | null): void;
  /** Gives the money back. */
  release(): void;
}

/** Tokens that are counted for a call until its usage is known. */
export interface TokenGrant {
  correct(tokens: number): void;
}

/** How a call ended. */
export interface CallOutcome {
  /** The model that answered, or that was tried last. */
  readonly target: Target;
  readonly status: CallEnd['status'];
  /** Null for completed calls. */
  readonly errorCode: string | null;
  /** Null where nothing was used. */
  readonly used: CallUsage | null;
  /** Tier that served the call; null: the one that was asked for. */
  readonly serviceTier: string | null;
  /** Whether the answer was the cache's. */
  readonly cacheHit: boolean;
}

export interface SettlementProps {
  readonly accounts: Pick<CallAccounts, 'end'>;
  readonly prices: CallPrices;
  /** Monotonic clock, ms. */
  readonly clock: () => number;
}

/** Nothing was asked of a provider, or the answer was the cache's. */
const NOTHING: CallCost = { cost: 0n, tokens: 0 };

/** The only place where a call is accounted for: row, budget and tokens, once. */
export class Settlement {
  private isSettled = false;
  /** Money and tokens that are kept for the call; null where nothing limits it. */
  reservation: Reservation | null = null;
  grant: TokenGrant | null = null;

  constructor(
    private readonly call: PlannedCall,
    private readonly props: SettlementProps,
  ) {}

  /** The text of the input, for the ledger and for estimates. */
  get prompt(): string {
    return this.call.read.prompt;
  }

  /** Accounts for the call. @returns what it cost, USD as a decimal text; null where that is not known */
  settle(outcome: CallOutcome): string | null {
    if (this.isSettled) return null;
    this.isSettled = true;
    const { cost, tokens, accounted } = this.costOf(outcome);
    this.reservation?.settle(cost);
    this.grant?.correct(tokens);
    this.props.accounts.end({ ...this.recordOf(outcome), ...(accounted && { accounted }) });
    return cost === null ? null : formatUsd(cost, COST_DECIMALS);
  }

  /** Ends a call that nothing was sent upstream for, without a row: it was refused. */
  release(): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.reservation?.release();
    this.grant?.correct(0);
  }

  private costOf({ used, target, cacheHit, ...outcome }: CallOutcome): CallCost {
    if (used === null || cacheHit) return NOTHING;
    try {
      const serviceTier = outcome.serviceTier ?? this.call.facts.serviceTier;
      return callCost(this.call, { target, used, serviceTier }, this.props.prices);
    } catch {
      // The call is over, and its row is priced when it is written; what waits for a cost must not lose the row.
      return { cost: null, tokens: 0 };
    }
  }

  private recordOf({ target, used, serviceTier, status, errorCode, cacheHit }: CallOutcome): CallEnd {
    const { id, projectId, caller, userId, tags, facts, startMs } = this.call;
    return {
      keyId: caller.principal.keyId,
      ...{ id, projectId, user: userId, tags, status, errorCode, cacheHit },
      ...{ provider: target.provider, model: target.model, serviceTier: serviceTier ?? facts.serviceTier },
      latencyMs: Math.max(0, this.props.clock() - startMs),
      prompt: this.prompt,
      ...used,
    };
  }
}

/** Characters of a call whose provider did not say what it used. */
export function charactersOf(prompt: string, output: number): { readonly characters: CallCharacters } {
  return { characters: { prompt: prompt.length, output } };
}
