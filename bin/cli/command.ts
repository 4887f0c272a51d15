import { basename, dirname } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { StackOutputsError } from '../../k8s/stack-outputs';
import { ManifestError } from '../../k8s/validation/manifest-error';
import { ConfigError } from '../../lib/config/problem';
import { ValidationError } from '../../lib/validation-error';

/** A call that the user can correct: a wrong option, or a file or server that the command cannot use. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Where a command writes its lines. */
export interface Terminal {
  /** Writes a line to stdout. */
  readonly print: (line: string) => void;
  /** Writes a line to stderr. */
  readonly printError: (line: string) => void;
}

/** Options by their name without `--`, in the form of `parseArgs` of node:util. */
export type OptionTable = NonNullable<ParseArgsConfig['options']>;

/** Values of a table's options by name, as text, lists of text, or booleans. */
export type OptionValues<T extends OptionTable> = ReturnType<typeof parseOptions<T>>;

/** A command as this process or a test runs it; resolves to the exit code. */
export type Main<Extra extends unknown[] = []> = (
  argv: readonly string[],
  terminal: Terminal,
  ...extra: Extra
) => Promise<number>;

export interface CommandProps<T extends OptionTable, Extra extends unknown[]> {
  /** What `--help` prints: purpose, usage, a line for each option with its default, exit codes. */
  readonly help: string;
  /** The options; `--help` is added. */
  readonly options: T;
  /**
   * Reads the values, does the work and prints the result.
   * @returns exit code
   */
  readonly run: (values: OptionValues<T>, terminal: Terminal, ...extra: Extra) => number | Promise<number>;
}

/** The oldest Node that commands are tested with, as major and minor number. */
const OLDEST_NODE = [22, 19] as const;

/**
 * The main function of a command. `--help` prints the help and ends with 0. An error that the user can correct is
 * printed without a stack trace and ends with 1; any other error is a defect and is thrown.
 */
export function command<T extends OptionTable, Extra extends unknown[] = []>({
  help,
  options,
  run: work,
}: CommandProps<T, Extra>): Main<Extra> {
  return async (argv, terminal, ...extra) => {
    try {
      const table: OptionTable = { ...options, help: { type: 'boolean', default: false } };
      const values = parseOptions(argv, table);
      if (values['help'] === true) {
        terminal.print(help);
        return 0;
      }
      return await work(values as OptionValues<T>, terminal, ...extra);
    } catch (error) {
      for (const line of expectedLines(error)) terminal.printError(line);
      return 1;
    }
  };
}

/** The values of a command's options. @throws UsageError on an unknown option or a missing value */
export function parseOptions<T extends OptionTable>(argv: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('.')[0]}; see --help`, { cause: error });
  }
}

/** The lines of an error that the user can correct. @throws any other error, which is a defect */
export function expectedLines(error: unknown): string[] {
  const expected = [UsageError, ConfigError, StackOutputsError, ManifestError, ValidationError];
  if (error instanceof Error && expected.some((type) => error instanceof type)) {
    return error.message.split('\n');
  }
  throw error;
}

/**
 * Why a command cannot run on a version of Node; undefined where it can.
 * @param version of Node, such as 24.21.0
 * @param script path of the command's file, for the remedy
 */
export function nodeProblem(version: string, script: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  const name = basename(script).replace(/\.\w+$/, '');
  const way = name === 'app' ? 'npx cdk' : `npm run ${scriptName(name, basename(dirname(script)))}`;
  return (
    `Node ${version} is too old: ${OLDEST_NODE.join('.')} or later is needed; ` +
    `run it as ${way}, which brings its own Node, or install Node 24`
  );
}

/** Name of a command's npm script; those of a family have a colon: db-up.ts is db:up, bench/scaler.ts bench:scaler. */
function scriptName(name: string, folder: string): string {
  return folder === 'bench' ? `bench:${name}` : name.replace(/^(build|db|docs|drill|simulate)-/, '$1:');
}

/** Ends this process with a line on stderr and exit code 1 where its Node is too old. */
export function refuseOldNode(): void {
  const problem = nodeProblem(process.versions.node, process.argv[1] ?? '');
  if (problem === undefined) return;
  console.error(problem);
  process.exit(1);
}

/** Runs a command's main function as this process. */
export function run(main: Main): void {
  refuseOldNode();
  // A reader that closes the pipe early (`… | head`) is no error of the command.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  // One argument only: `lines.forEach(print)` passes more, which console.log would print.
  const terminal: Terminal = {
    print: (line) => console.log(line),
    printError: (line) => console.error(line),
  };
  main(process.argv.slice(2), terminal).then((code) => {
    process.exitCode = code;
  });
}

/** Ends this process as soon as the one that forked it is gone, even in the middle of its work. */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit());
}
