import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUDGET_DAYS, BURN_RATES } from '../../lib/config/burn-rates';
import { type Objective, objectivesOf } from '../../lib/config/objectives';
import { testConfig } from '../helpers/config';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'observability.md'), 'utf8');

/** Cells of the table rows that start with `start`. */
const rows = (start: RegExp) =>
  page
    .split('\n')
    .filter((line) => start.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const SIGNS = { above: '>', 'at-or-above': '>=', below: '<' } as const;

function rowOf(objective: Objective): string[] {
  const { id, source, title } = objective;
  const link = `[${id}](runbook.md#${id})`;
  if (objective.kind === 'requests') {
    return [link, title, source, `burn rate of a budget of ${objective.budgetPercent} %`, 'page, ticket'];
  }
  const { badPeriods, limit, missed, missing, periodMinutes, periods, severity, unit } = objective;
  const alarm = `${SIGNS[missed]} ${limit} ${unit}, ${badPeriods} of ${periods} x ${periodMinutes} min, no data is ${missing}`;
  return [link, title, source, alarm, severity];
}

test('the page has the objectives of prod, each with its alarm', () => {
  expect(rows(/^\| \[/)).toEqual(objectivesOf(testConfig()).map(rowOf));
});

test('the page has the burn rates, and what is gone of a budget when the long window is over', () => {
  const minutesOf = { min: 1, h: 60, days: 24 * 60 } as const;
  const table = rows(/^\| [\d.]+ /).map(([factor, long = '', short = '', gone, tells]) => {
    const minutes = (text: string) => {
      const [count, unit] = text.split(' ');
      return Number(count) * minutesOf[unit as keyof typeof minutesOf];
    };
    return { factor: Number(factor), long: minutes(long), short: minutes(short), gone, tells };
  });
  expect(table).toEqual(
    BURN_RATES.map(({ factor, longWindow, shortWindow, severity }) => {
      const long = longWindow.periodMinutes * longWindow.periods;
      return {
        factor,
        long,
        short: shortWindow.periodMinutes * shortWindow.periods,
        gone: `${Math.round((100 * factor * long) / (BUDGET_DAYS * 24 * 60))} %`,
        tells: severity,
      };
    }),
  );
});
