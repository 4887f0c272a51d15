import { formatUsd, type PicoUsd } from '../../prices/money';
import type { BudgetPeriod, BudgetScope, LimitedBudget } from '../budget';

/** What is left of a limit, and when it begins again. Money in 10^-12 USD. */
export interface ExceededLimit {
  readonly limit: PicoUsd;
  readonly spent: PicoUsd;
  /** Held by calls under way and by shares of pods. */
  readonly held: PicoUsd;
  /** The call's worst case. */
  readonly cost: PicoUsd;
  /** End of the window. */
  readonly resetsAt: Date;
}

/** When a call may be tried again that only other calls under way keep out, seconds. */
const HELD_RETRY_SECONDS = 5;

/** A budget has no room for a call: 429. */
export class BudgetExceededError extends Error {
  override readonly name = 'BudgetExceededError';
  /** Id of the budget. */
  readonly budget: string;
  readonly scope: BudgetScope;
  readonly period: BudgetPeriod;
  /** USD, ten decimals. */
  readonly limitUsd: string;
  /** USD by the ledger, ten decimals. */
  readonly spentUsd: string;
  /** When the window ends and the budget begins again. */
  readonly resetsAt: Date;
  /** Whole seconds, at least 1: short where only calls under way fill the budget. */
  readonly retryAfterSeconds: number;

  constructor(budget: LimitedBudget, limit: ExceededLimit, now: Date) {
    const { spent, held, cost, resetsAt } = limit;
    const isHeld = spent + cost <= limit.limit;
    const usd = (pico: PicoUsd) => formatUsd(pico, 6);
    super(
      `The budget of this ${budget.scope} for the ${budget.period} is ${usd(limit.limit)} USD; ${usd(spent)} USD are spent and ${usd(held)} USD held by calls under way. This call may cost ${usd(cost)} USD. ` +
        `The budget begins again at ${resetsAt.toISOString()}.`,
    );
    this.budget = budget.id;
    this.scope = budget.scope;
    this.period = budget.period;
    this.limitUsd = formatUsd(limit.limit);
    this.spentUsd = formatUsd(spent);
    this.resetsAt = resetsAt;
    const untilReset = Math.max(1, Math.ceil((resetsAt.getTime() - now.getTime()) / 1000));
    this.retryAfterSeconds = isHeld ? Math.min(HELD_RETRY_SECONDS, untilReset) : untilReset;
  }
}

/** A model without a price was called under a limit: 403. It could spend without end. */
export class UnpricedModelError extends Error {
  override readonly name = 'UnpricedModelError';
  /** Id of the budget. */
  readonly budget: string;
  readonly scope: BudgetScope;

  constructor({ id, scope }: LimitedBudget) {
    super(
      `The model has no price, and a budget of this ${scope} has a limit: add a price, or allow unpriced models for the project (allow_unpriced).`,
    );
    this.budget = id;
    this.scope = scope;
  }
}

/** Whether a limit has room cannot be found out now: 503. Calls without a limit go on. */
export class BudgetsUnavailableError extends Error {
  override readonly name = 'BudgetsUnavailableError';
  /** When a caller may try again, seconds. */
  readonly retryAfterSeconds = 2;

  constructor(reason: string, options?: ErrorOptions) {
    super(`The budgets of this call cannot be checked now: ${reason}`, options);
  }
}
