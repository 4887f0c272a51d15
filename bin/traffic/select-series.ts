import { UsageError } from '../cli/command';
import type { Series, Table } from './series';

/** Names that an error lists. */
const LISTED = 10;

/**
 * The series of the loads: the one that `--column` names, or the only one.
 * @param column name, or number counted from 1; a name goes before a number, and exact spelling before any other
 * @throws UsageError listing what there is
 */
export function selectSeries(table: Table, column: string | undefined, file: string): Series {
  const { series, noun, alternative } = table;
  if (column === undefined) {
    const [only] = series;
    if (only === undefined) {
      throw new UsageError(
        `${file} has no column of numbers beside the times, only ${listed(table.otherColumns)}; export the loads with their times`,
      );
    }
    if (series.length === 1) return only;
    throw new UsageError(
      `${file} has ${series.length} ${noun.many}: ${choices(series)}; ${alternative === undefined ? '' : `${alternative}, or `}choose one with --column <name or number>`,
    );
  }
  const found = matches(series, column);
  if (found.length === 1) return found[0] as Series;
  const problem =
    found.length > 1
      ? `--column ${column} fits ${found.length} of them; give the number`
      : `--column ${column} is ${table.otherColumns.includes(column) ? 'a column without numbers' : 'not among them'}`;
  throw new UsageError(`${file} has ${choices(series)}: ${problem}`);
}

function matches(series: readonly Series[], column: string): Series[] {
  const wanted = column.toLowerCase();
  const tests: ((one: Series) => boolean)[] = [
    ({ name }) => name === column,
    ({ aliases }) => aliases.includes(column),
    ({ name, aliases }) => [name, ...aliases].some((one) => one.toLowerCase() === wanted),
    ({ number }) => String(number) === column,
  ];
  return tests.map((test) => series.filter(test)).find((found) => found.length > 0) ?? [];
}

function choices(series: readonly Series[]): string {
  return listed(series.map(({ name, number }) => `${number} ${JSON.stringify(name)}`));
}

function listed(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return names.length === 0 ? 'nothing else' : `${names.slice(0, LISTED).join(', ')}${more}`;
}
