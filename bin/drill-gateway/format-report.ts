import type { DrillResult } from './run-drill';

/** The result of a drill as lines. */
export function reportLines(results: DrillResult): string[] {
  return results.flatMap(({ part, seconds, figures, problems }) => [
    `${part}: ${problems.length === 0 ? 'passed' : 'FAILED'} (${seconds} s)`,
    ...Object.entries(figures).map(([name, value]) => `  ${name}: ${textOf(value)}`),
    ...problems.map((problem) => `  problem: ${problem}`),
    '',
  ]);
}

function textOf(value: number | string): string {
  return typeof value === 'number' ? value.toLocaleString('en') : value;
}
