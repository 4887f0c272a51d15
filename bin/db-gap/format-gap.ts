import { textTable } from '../cli/text-table';
import type { UsageComparison } from './compare-usage';
import { type GapResult, isClosed } from './gap-result';
import type { Source } from './repair';
import type { SumChecks } from './sum-checks';

/** Calls that the text shows; `--json` has more. */
const SHOWN = 20;

const MEANING: Readonly<Record<Source, string>> = {
  journal: 'from a journal: exact',
  former: 'from the former database: as there, priced again',
  'identity and report': "user and key from journal or row, tokens from the provider's report",
  report: "from the provider's report: user, key and tags are unknown",
  start: 'no known end: estimated from the input',
};

/** The result as lines. */
export function gapLines(result: GapResult): string[] {
  const { from, to, read, complete, gap, withoutOwner, warnings, lostChanges, sums, usage } = result;
  return [
    `Calls from ${from} to ${to}`,
    `Read: ${read.journalEnds} ends and ${read.journalStarts} open starts in ${read.journalFiles} files, ${read.formerRows} rows of the former database, ${read.reported} calls of the report`,
    `Complete: ${complete}`,
    ...Object.entries(gap)
      .filter(([, count]) => count > 0)
      .map(([source, count]) => `Gap: ${count} ${MEANING[source as Source]}`),
    ...(withoutOwner === 0
      ? []
      : [`Gap: ${withoutOwner} only in the report: name their project with --project`]),
    ...(read.reportedWithoutId === 0
      ? []
      : [`Not compared: ${read.reportedWithoutId} calls of the report that have no id of the gateway`]),
    ...callLines(result),
    ...(lostChanges ?? []).map(({ at, action, subject }) => `Undone: ${at} ${action} ${subject}`),
    ...(sums === undefined ? [] : sumLines(sums)),
    ...(usage === undefined ? [] : usageLines(usage)),
    ...warnings.map((warning) => `Warning: ${warning}`),
    outcomeLine(result),
  ];
}

function callLines({ calls }: GapResult): string[] {
  if (calls.length === 0) return [];
  const rows = calls
    .slice(0, SHOWN)
    .map(({ startedAt, id, user, model, before, source, outcome, reason }) => [
      ...[
        startedAt,
        id,
        user,
        model,
        before,
        source,
        reason === undefined ? outcome : `${outcome}: ${reason}`,
      ],
    ]);
  const head = ['started', 'id', 'user', 'model', 'row', 'source', 'outcome'];
  const more = calls.length > SHOWN ? ['… more with --json'] : [];
  return ['', ...textTable([head, ...rows], () => false), ...more, ''];
}

function sumLines({ budgets, rollups }: SumChecks): string[] {
  const wrong = (names: readonly string[]) =>
    names.length === 0 ? 'all agree' : `WRONG: ${names.join(', ')}`;
  return [
    `Budgets: ${budgets.windows} windows compared with their rows, ${wrong(budgets.wrong)}; ${budgets.expiredShares} shares of pods that are gone`,
    `Roll-ups: ${rollups.hours} hours compared with their rows, ${wrong(rollups.wrong)}; ${rollups.waiting ?? 'an unknown number'} wait for the next refresh`,
  ];
}

function usageLines({ buckets, different }: UsageComparison): string[] {
  const title = `Provider's sums: ${buckets} times compared with the rows, ${different.length} differ`;
  if (different.length === 0) return [title];
  const head = [
    'from',
    'to',
    'input reported',
    'stored',
    'output reported',
    'stored',
    'requests reported',
    'stored',
  ];
  const rows = different
    .slice(0, SHOWN)
    .map(({ from, to, reported, stored }) => [
      ...[from, to, `${reported.inputTokens}`, `${stored.inputTokens}`],
      ...[`${reported.outputTokens}`, `${stored.outputTokens}`],
      ...[`${reported.requests ?? 'unknown'}`, `${stored.requests}`],
    ]);
  return [title, ...textTable([head, ...rows], (column) => column > 1), ''];
}

function outcomeLine(result: GapResult): string {
  const { filled, refused, failed } = result;
  if (filled === null) return isClosed(result) ? 'No gap' : 'Nothing was written: run it again with --fill';
  return `Filled: ${filled}; refused: ${refused}; failed: ${failed}`;
}
