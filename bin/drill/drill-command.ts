import { command, type Main, type OptionTable, type OptionValues } from '../cli/command';
import { untilInterrupted } from '../local/interrupt';

/** What every drill takes from its caller. */
export interface DrillSurroundings {
  /** `PATH` of the caller's environment, for the programs of PostgreSQL and others. */
  readonly searchPath: string | undefined;
  readonly now: () => Date;
  /** A clock that only goes forward, ms. */
  readonly clock: () => number;
  /** Ends the drill early. */
  readonly signal: AbortSignal;
  /** Called with what happens, a line each. */
  readonly onStep: (line: string) => void;
}

export interface DrillCommandProps<T extends OptionTable, Result> {
  /** What `--help` prints. */
  readonly help: string;
  /** The options; `--json` and `--help` are added. */
  readonly options: T;
  /** Reads the options and runs the drill. @throws UsageError on an option that it cannot run with */
  readonly run: (
    values: OptionValues<T>,
    progress: Pick<DrillSurroundings, 'onStep' | 'signal'>,
  ) => Promise<Result>;
  /** What is printed without `--json`. */
  readonly reportLines: (result: Result) => readonly string[];
  /** Whether the exit code is 0. */
  readonly isPassed: (result: Result) => boolean;
}

/** A command that runs a drill until it ends or is interrupted, and prints its result as text or as JSON. */
export function drillCommand<T extends OptionTable, Result>(props: DrillCommandProps<T, Result>): Main {
  const { help, options, run, reportLines, isPassed } = props;
  const table: OptionTable = { ...options, json: { type: 'boolean', default: false } };
  return command({
    help,
    options: table,
    run: async (values, { print, printError }) => {
      const result = await untilInterrupted((signal) =>
        run(values as OptionValues<T>, { signal, onStep: printError }),
      );
      for (const line of values['json'] ? [JSON.stringify(result, null, 2)] : reportLines(result))
        print(line);
      return isPassed(result) ? 0 : 1;
    },
  });
}
