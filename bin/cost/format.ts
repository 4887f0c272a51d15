import { ASSUMPTION_NAMES, ASSUMPTIONS, type Assumptions, DEFAULT_ASSUMPTIONS } from './assumptions';
import { type CostLine, rankedLines, unpricedLines } from './estimate';
import { type PerScenario, SCENARIOS } from './item';
import { LEFT_OUT } from './left-out';
import type { CostReport } from './report';
import { table } from './table';

const BIGGEST = 10;

/** What `npm run cost -- --env <name>` prints, with an empty line between two environments. */
export function formatReports(reports: readonly CostReport[], assumptions: Assumptions): string[] {
  return reports.flatMap((report, index) => [
    ...(index > 0 ? [''] : []),
    ...formatReport(report, assumptions),
  ]);
}

/** The report of one environment. */
export function formatReport(report: CostReport, assumptions: Assumptions): string[] {
  return [
    `${report.environment} (${report.region}), USD a month of 730 hours, list prices of ${report.pricesOf}`,
    ...loads(report),
    ...cdnOnly(report, assumptions),
    '',
    ...subtotals(report),
    '',
    'What drives it:',
    ...biggest(report.lines),
    '',
    ...perMillion(report),
    '',
    ...unpriced(report.lines),
    ...uncovered(report),
    ...formatAssumptions(assumptions),
    ...formatLeftOut(),
  ];
}

function loads({ usage, instance }: CostReport): string[] {
  const { low, expected, peak } = usage;
  const replicas = ({ replicas, nodes }: typeof low) =>
    `${replicas} ${replicas === 1 ? 'replica' : 'replicas'} on ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`;
  const load = ({ requestsPerSecond, millionRequests }: typeof low) =>
    `${count(requestsPerSecond)} requests/s, ${count(millionRequests)} million a month`;
  return [
    `  low       ${replicas(low)} of ${instance}, ${load(low)}: the fewest replicas and next to no traffic`,
    `  expected  ${replicas(expected)}, ${load(expected)}`,
    `  peak      ${replicas(peak)}, ${load(peak)}: all month what the most replicas are scaled for`,
  ];
}

function cdnOnly({ cdnPercent }: CostReport, assumptions: Assumptions): string[] {
  if (cdnPercent === assumptions['cdn-percent']) return [];
  return [`  CloudFront is the only way in: cdn-percent is ${cdnPercent} here`];
}

function subtotals({ subtotals: rows, total, lines }: CostReport): string[] {
  const missing = unpricedLines(lines).length;
  return table(
    ['stack', 'driver', ...SCENARIOS],
    [
      ...rows.map(({ stack, driver, usd, unpriced: count }, index) => [
        rows[index - 1]?.stack === stack ? '' : stack,
        count > 0 ? `${driver} (${count} without price)` : driver,
        ...dollars(usd),
      ]),
      ['total', missing > 0 ? `(${missing} lines without price)` : '', ...dollars(total)],
    ],
  );
}

function biggest(lines: readonly CostLine[]): string[] {
  return table(
    ['line', 'stack', 'quantity, expected', ...SCENARIOS],
    rankedLines(lines)
      .slice(0, BIGGEST)
      .map(({ service, stack, driver, quantity, unit, usd }) => [
        driver === 'fixed' ? service : `${service}, ${driver}`,
        stack,
        `${count(quantity.expected)} ${unit}`,
        ...dollars(usd),
      ]),
  );
}

function perMillion({ perMillionRequests: { expected, peak } }: CostReport): string[] {
  const cents = (usd: number | null) => (usd === null ? 'no requests' : `${usd.toFixed(2)} USD`);
  return [`A million requests: ${cents(expected)} at the expected load, ${cents(peak)} at the peak`];
}

function unpriced(lines: readonly CostLine[]): string[] {
  const missing = unpricedLines(lines);
  if (missing.length === 0) return [];
  return [
    `No price, and so not in the sum (${missing.length}):`,
    ...missing.map(
      ({ stack, service, quantity, unit, priceKey }) =>
        `  ${stack}: ${service}, ${count(quantity.expected)} ${unit} at the expected load: no price for ${priceKey}`,
    ),
    '',
  ];
}

function uncovered({ uncovered: resources }: CostReport): string[] {
  if (resources.length === 0) return [];
  const sum = resources.reduce((total, { count: number }) => total + number, 0);
  return [
    `Not covered, and so not in the sum (${sum}):`,
    ...resources.map(({ stack, type, count: number }) => `  ${stack}: ${number} x ${type}`),
    '',
  ];
}

export function formatAssumptions(assumptions: Assumptions): string[] {
  return [
    'Assumptions (--assume name=value):',
    ...ASSUMPTION_NAMES.map((name) => {
      const changed = assumptions[name] === DEFAULT_ASSUMPTIONS[name] ? '' : ' (changed)';
      return `  ${name}=${assumptions[name]} ${ASSUMPTIONS[name].unit}${changed}: ${ASSUMPTIONS[name].reason}`;
    }),
    '',
  ];
}

export function formatLeftOut(): string[] {
  return ['Left out:', ...LEFT_OUT.map((item) => `  ${item}`)];
}

/** Whole dollars, one cell a scenario. */
export function dollars(usd: PerScenario | null): string[] {
  return SCENARIOS.map((scenario) => (usd === null ? 'no price' : dollar(usd[scenario])));
}

export function dollar(usd: number): string {
  return Math.round(usd).toLocaleString('en-US');
}

/** As many digits as say something. */
function count(quantity: number): string {
  const digits = quantity >= 100 ? 0 : quantity >= 1 ? 1 : 3;
  return quantity.toLocaleString('en-US', { maximumFractionDigits: digits });
}
