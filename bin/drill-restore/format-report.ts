import type { DrillResult } from './run-drill';

/** The result of the drill as lines. */
export function reportLines(result: DrillResult): string[] {
  const { rows, calls, gap, sums, problems } = result;
  const figures: readonly (readonly [string, string])[] = [
    ['time that the restore gave up', `${result.lostSeconds.toFixed(1)} s`],
    ['restore, until it took writes', `${result.restoreSeconds.toFixed(1)} s`],
    ['ended rows before the disaster', count(rows.before)],
    ['of these lost by the restore', count(result.lostRows)],
    ['gap: from a journal', count(gap.journal)],
    ['gap: identity from journal or row, tokens from the report', count(gap['identity and report'])],
    ['gap: from the report alone', count(gap.report)],
    ['gap: estimated from a start', count(gap.start)],
    ['filled, and by a second run', `${count(result.filled)}, ${count(result.filledAgain)}`],
    ['records that their senders sent again', count(result.sentAgain)],
    ['rows as before in every column', count(rows.exact)],
    ['rows as before in model and tokens, from the report', count(rows.fromReport)],
    ['rows missing, different', `${rows.missing.length}, ${rows.different.length}`],
    ['calls that reached the provider, without a row', `${count(calls.reached)}, ${calls.missing.length}`],
    ['migrations applied again', result.migrationsAgain.join(', ') || 'none'],
    ['changes of people that the restore has undone', result.undone.join(', ') || 'none'],
    ["budgets' windows compared, wrong", `${sums?.budgets.windows}, ${sums?.budgets.wrong.length}`],
    ['hours of roll-ups compared, wrong', `${sums?.rollups.hours}, ${sums?.rollups.wrong.length}`],
  ];
  return [
    ...figures.map(([name, value]) => `${name}: ${value}`),
    ...problems.map((problem) => `problem: ${problem}`),
    problems.length === 0 ? 'passed' : 'FAILED',
  ];
}

function count(value: number): string {
  return value.toLocaleString('en');
}
