/** Whose spending a budget counts. */
export const BUDGET_SCOPES = ['project', 'user', 'key'] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

/** How long a budget counts before it begins again. */
export const BUDGET_PERIODS = ['day', 'month'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** What happened to a window: its spending reached the warning, or the limit refuses calls. */
export const BUDGET_EVENTS = ['warning', 'limit'] as const;
export type BudgetEventKind = (typeof BUDGET_EVENTS)[number];

/** A budget with a limit, as the gateway asks for it. */
export interface LimitedBudget {
  readonly id: string;
  readonly scope: BudgetScope;
  /** Id of the user or the key; empty for the project. */
  readonly subject: string;
  readonly period: BudgetPeriod;
  /** Name of the IANA database. */
  readonly timeZone: string;
}
