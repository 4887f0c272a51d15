import { type Rule, when } from './rule';

/** Notifications that AWS Budgets accepts for one budget. */
const MOST_NOTIFICATIONS = 5;

/** Limits of AWS Budgets. */
export const budgetRules: readonly Rule[] = [
  {
    reads: ['budget'],
    check: ({ budget }) => {
      if (budget === null) return [];
      const count = budget.forecastPercents.length + budget.spentPercents.length;
      return [
        ...when(
          count === 0 || count > MOST_NOTIFICATIONS,
          'budget',
          `must have 1 to ${MOST_NOTIFICATIONS} percentages in forecastPercents and spentPercents together, got ${count}`,
        ),
        ...(['forecastPercents', 'spentPercents'] as const).flatMap((knob) =>
          when(
            new Set(budget[knob]).size !== budget[knob].length,
            `budget.${knob}`,
            `must name each percentage once, got ${JSON.stringify(budget[knob])}`,
          ),
        ),
      ];
    },
  },
];
