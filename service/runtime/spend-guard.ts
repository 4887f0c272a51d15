import { BudgetExceededError, BudgetsUnavailableError, UnpricedModelError } from '../budgets/spend/errors';
import type { SpendLimits } from '../budgets/spend/spend-limits';
import { CallRefused } from '../gateway/call';
import type { SpendGuard } from '../gateway/lead-call';
import { timeOfId } from '../requests/record/record-id';

/** Budgets as the gateway asks them; their errors are refusals of calls. */
export function spendGuard(limits: SpendLimits): SpendGuard {
  return {
    reserve: async ({ id, projectId, caller, userId }, worstCost) => {
      try {
        return await limits.reserve({
          ...{
            callId: id,
            project: projectId,
            keyId: caller.principal.keyId,
            user: userId,
            at: timeOfId(id),
          },
          // Most projects have no budget, and nobody asks then.
          get worstCost() {
            return worstCost();
          },
        });
      } catch (error) {
        throw refusalOf(error) ?? error;
      }
    },
  };
}

function refusalOf(error: unknown): CallRefused | undefined {
  if (error instanceof BudgetExceededError) {
    const { message, retryAfterSeconds } = error;
    return new CallRefused({ kind: 'budget', code: 'budget_exceeded', message, retryAfterSeconds });
  }
  if (error instanceof UnpricedModelError) {
    const { message } = error;
    return new CallRefused({ kind: 'permission', code: 'unpriced_model', message, param: 'model' });
  }
  if (error instanceof BudgetsUnavailableError) {
    const { message, retryAfterSeconds } = error;
    return new CallRefused({ kind: 'overloaded', code: 'budgets_unavailable', message, retryAfterSeconds });
  }
  return undefined;
}
