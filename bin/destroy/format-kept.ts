import type { KeptResource } from './kept-resources';

/** What stays, as lines: cost and the command that removes it. */
export function keptLines(kept: readonly KeptResource[]): string[] {
  if (kept.length === 0) return ['nothing stays'];
  return [
    'what stays, and the command that removes it:',
    ...kept.flatMap(({ type, id, monthlyUsd, command }) => [
      `  ${type} ${id} (${monthlyUsd === null ? 'costs by what is stored' : `${monthlyUsd.toFixed(2)} USD a month`})`,
      `    ${command}`,
    ]),
    'do not delete a KMS key while you need a snapshot, a bucket or a log group that it encrypts',
  ];
}
