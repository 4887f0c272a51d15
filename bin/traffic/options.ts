import { UsageError } from '../cli/command';
import type { HistoryOptions } from './read-history';

/** Options of every command that reads a history of traffic, for parseOptions; `--time-zone` is the command's own. */
export const HISTORY_OPTIONS = {
  column: { type: 'string' },
  counter: { type: 'boolean', default: false },
  'no-counter': { type: 'boolean', default: false },
  'per-second': { type: 'boolean', default: false },
} as const;

/** What the options do, line by line, without the name of the option. */
const HELP: readonly (readonly [option: string, text: string])[] = [
  ['--column <name|number>', 'column or series of the loads (default: the only numeric one)'],
  ['--counter', 'the values are a counter that only rises: read its rate per second'],
  ['--no-counter', 'the values are loads although they look like a counter'],
  ['--per-second', 'the values are counts per step: divide them by the seconds of a step'],
];

/**
 * The same options as lines of a command's help.
 * @param width of the column of options, characters
 */
export function historyHelp(width: number): string {
  return HELP.map(([option, text]) => `  ${option.padEnd(width)}${text}`).join('\n');
}

/** The values of HISTORY_OPTIONS as parseOptions gives them. */
interface HistoryValues {
  readonly column?: string;
  readonly counter: boolean;
  readonly 'no-counter': boolean;
  readonly 'per-second': boolean;
}

/**
 * @param timeZone of times that have no offset
 * @throws UsageError on options that exclude each other
 */
export function historyOptionsOf(values: HistoryValues, timeZone: string): HistoryOptions {
  const { column, counter, 'no-counter': noCounter, 'per-second': perSecond } = values;
  if (counter && noCounter) throw new UsageError('--counter and --no-counter exclude each other');
  if (counter && perSecond) {
    throw new UsageError('--counter gives rates per second by itself; leave out --per-second');
  }
  return { timeZone, column, counter: counter ? true : noCounter ? false : undefined, perSecond };
}
