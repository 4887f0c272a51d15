import { type CostLine, totalOf } from './estimate';
import { dollar, dollars } from './format';
import { SCENARIOS } from './item';
import type { CostReport } from './report';
import { table } from './table';

/** What `npm run cost -- --compare <names>` prints: the expected load by stack, an environment a column. */
export function formatComparison(reports: readonly CostReport[]): string[] {
  const names = reports.map(({ environment }) => environment);
  const stacks = [...new Set(reports.flatMap(({ lines }) => lines.map(({ stack }) => stack)))];
  const expectedOf = (lines: readonly CostLine[], stack: string) =>
    dollar(totalOf(lines.filter((line) => line.stack === stack)).expected);
  const unpriced = reports.map(({ lines }) => String(lines.filter(({ usd }) => usd === null).length));
  const uncovered = reports.map(({ uncovered: resources }) =>
    String(resources.reduce((sum, { count }) => sum + count, 0)),
  );
  const perMillion = reports.map(({ perMillionRequests: { expected } }) =>
    expected === null ? 'no price' : expected.toFixed(2),
  );
  return [
    'USD a month of 730 hours at the expected load, list prices',
    '',
    ...table(
      ['stack', ...names],
      stacks.map((stack) => [stack, ...reports.map(({ lines }) => expectedOf(lines, stack))]),
    ),
    '',
    ...table(
      ['total', ...names],
      SCENARIOS.map((scenario, index) => [
        scenario,
        ...reports.map(({ total }) => dollars(total)[index] as string),
      ]),
    ),
    '',
    ...table(
      ['', ...names],
      [
        ['requests/s, expected', ...reports.map(({ usage }) => String(usage.expected.requestsPerSecond))],
        ['a million requests, expected', ...perMillion],
        ['lines without price', ...unpriced],
        ['resources not covered', ...uncovered],
      ],
    ),
    '',
    'One of them in full, with its assumptions and what is left out: npm run cost -- --env <name>',
  ];
}
