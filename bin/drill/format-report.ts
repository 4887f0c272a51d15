import { textTable } from '../cli/text-table';
import { isSuccess, type Outcome } from './answer';
import { CLIENTS, type ClientFigures } from './client-log';
import type { DrillResult, JudgedFault } from './run-drill';

const HEAD = [
  ...['fault', 'lasted', 'records', 'calls', 'lost', 'twice', 'silent: records, calls, questions'],
  ...['back after', 'failures that clients saw', ''],
];

/** Columns of numbers. */
const NUMBERS = [1, 2, 3, 4, 5];

/** The result of a drill as lines. */
export function reportLines({ faults, skipped, through, rollups, seconds }: DrillResult): string[] {
  return [
    ...textTable([HEAD, ...faults.map(row)], (column) => NUMBERS.includes(column)),
    '',
    ...faults.flatMap(({ fault, problems }) => problems.map((problem) => `${fault}: ${problem}`)),
    ...skipped.map(({ fault, needs }) => `${fault}: skipped, because ${needs} is not installed`),
    ...faults.flatMap(cutLines),
    costLine(faults),
    ...rollups.map(
      ({ rows, counted }) => `roll-ups: ${count(counted)} of ${count(rows)} requests of the ended hours`,
    ),
    `${faults.length} faults in ${seconds} s, through ${through}`,
  ];
}

function row({ title, lastedSeconds, records, calls, clients, problems }: JudgedFault): string[] {
  const back = CLIENTS.map((kind) => clients[kind].backMs);
  return [
    title,
    `${lastedSeconds.toFixed(1)} s`,
    ...[records.sent, calls.reached, records.lost + calls.lost, records.twice + calls.twice].map(count),
    CLIENTS.map((kind) => `${(clients[kind].silentMs / 1000).toFixed(1)} s`).join(', '),
    back.includes(null) ? 'never' : `${(Math.max(...back.map(Number)) / 1000).toFixed(1)} s`,
    CLIENTS.flatMap((kind) => failuresOf(kind, clients[kind])).join('; ') || 'none',
    problems.length === 0 ? 'kept' : 'BROKEN',
  ];
}

function failuresOf(kind: string, { outcomes }: ClientFigures): string[] {
  const failed = (Object.entries(outcomes) as [Outcome, number][]).filter(([outcome]) => !isSuccess(outcome));
  if (failed.length === 0) return [];
  return [`${kind} ${failed.map(([outcome, number]) => `${outcome}: ${count(number)}`).join(', ')}`];
}

/** Why answers were missing, where any were. */
function cutLines({ fault, clients }: JudgedFault): string[] {
  return CLIENTS.flatMap((kind) =>
    Object.entries(clients[kind].cuts).map(
      ([reason, number]) => `${fault}: ${kind} cut ${number} times (${reason})`,
    ),
  );
}

function costLine(faults: readonly JudgedFault[]): string {
  const sum = (name: 'calls' | 'estimated') =>
    faults.reduce((total, { calls }) => total + calls.cost[name], 0);
  const differing = faults.reduce((total, { calls }) => total + calls.cost.differing.length, 0);
  return `costs: ${count(sum('calls'))} calls compared with the provider's list, ${count(differing)} differ; ${count(sum('estimated'))} answered calls have an estimated cost`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
