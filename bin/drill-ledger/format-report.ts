import { textTable } from '../cli/text-table';
import type { DrillResult, FaultResult } from './run-drill';

/** The result of a drill as lines. */
export function reportLines({ faults, lost, twice, refused, rollups }: DrillResult): string[] {
  const head = [
    'fault',
    'sent',
    'told stored',
    'stored',
    'lost',
    'twice',
    'first success after the repair',
    'answers',
  ];
  return [
    ...textTable([head, ...faults.map(row)], (column) => column > 0 && column < head.length - 1),
    '',
    `${lost} lost, ${twice} twice`,
    ...(refused > 0 ? [`${refused} valid records were refused`] : []),
    `roll-ups: ${count(rollups.counted)} of ${count(rollups.rows)} requests of the ended hours`,
  ];
}

function row(result: FaultResult): string[] {
  const { fault, firstSuccessMs } = result;
  const { sent, toldStored, stored, lost, twice, answers } = result;
  return [
    fault,
    ...[sent, toldStored, stored, lost, twice].map(count),
    firstSuccessMs === null ? 'none' : `${(firstSuccessMs / 1000).toFixed(2)} s`,
    Object.entries(answers)
      .map(([status, number]) => `${status}: ${count(number)}`)
      .join(', '),
  ];
}

function count(value: number): string {
  return value.toLocaleString('en');
}
