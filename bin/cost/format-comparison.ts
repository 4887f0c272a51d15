import { totalOf, unpricedLines } from './estimate';
import { dollar, dollars } from './format';
import { SCENARIOS } from './item';
import { productOf } from './prices/find-product';
import type { CostReport } from './report';
import { table } from './table';

/** What `npm run cost -- --compare <names>` prints: the expected load by stack, an environment a column. */
export function formatComparison(reports: readonly CostReport[]): string[] {
  const names = reports.map(({ environment }) => environment);
  const stacks = [...new Set(reports.flatMap(({ lines }) => lines.map(({ stack }) => stack)))];
  return [
    'USD a month of 730 hours at the expected load, list prices',
    '',
    ...table(
      ['stack', ...names],
      stacks.map((stack) => [stack, ...reports.map((report) => costOfStack(report, stack))]),
    ),
    '',
    ...table(
      ['all stacks', ...names],
      SCENARIOS.map((scenario, index) => [
        scenario,
        ...reports.map(({ total, lines }) =>
          marked(dollars(total)[index] as string, unpricedLines(lines).length),
        ),
      ]),
    ),
    '',
    ...table(
      ['', ...names],
      [
        ['requests/s, expected', ...reports.map(({ usage }) => String(usage.expected.requestsPerSecond))],
        ['a million requests, expected', ...reports.map(perMillion)],
        ['lines without price', ...reports.map(({ lines }) => String(unpricedLines(lines).length))],
        ['resources not covered', ...reports.map(countUncovered)],
      ],
    ),
    '',
    ...missingPrices(reports),
    'One of them in full, with its assumptions and what is left out: npm run cost -- --env <name>',
  ];
}

function costOfStack({ lines }: CostReport, stack: string): string {
  const own = lines.filter((line) => line.stack === stack);
  return marked(dollar(totalOf(own).expected), unpricedLines(own).length);
}

/** A sum that lacks something is not to be taken for the whole. */
function marked(sum: string, missing: number): string {
  return missing > 0 ? `${sum}+` : `${sum} `;
}

function perMillion({ perMillionRequests: { expected } }: CostReport): string {
  return expected === null ? 'none' : expected.toFixed(2);
}

function countUncovered({ uncovered }: CostReport): string {
  return String(uncovered.reduce((sum, { count }) => sum + count, 0));
}

function missingPrices(reports: readonly CostReport[]): string[] {
  const missing = new Map<string, string[]>();
  for (const { environment, lines } of reports) {
    for (const key of new Set(unpricedLines(lines).map(({ priceKey }) => priceKey))) {
      missing.set(key, [...(missing.get(key) ?? []), environment]);
    }
  }
  if (missing.size === 0) return [];
  return [
    `+ and what has no price (${missing.size}):`,
    ...[...missing].map(
      ([key, environments]) => `  ${key} (${productOf(key)?.description}): ${environments.join(', ')}`,
    ),
    '',
  ];
}
