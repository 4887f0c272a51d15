import { type ParseArgsConfig, parseArgs } from 'node:util';
import { StackOutputsError } from '../../k8s/stack-outputs';
import { ManifestError } from '../../k8s/validation/manifest-error';
import { ConfigError } from '../../lib/config/problem';
import { ValidationError } from '../../lib/validation-error';

/** A call that the user can put right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Where a command writes its lines. */
export interface Terminal {
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

/** The values of a command's options. @throws UsageError on an unknown option or a missing value */
export function parseOptions<T extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('.')[0]}; see --help`, { cause: error });
  }
}

/** The lines of an error that the user can put right; any other is a fault of ours and goes on up. */
export function expectedLines(error: unknown): string[] {
  const expected = [UsageError, ConfigError, StackOutputsError, ManifestError, ValidationError];
  if (error instanceof Error && expected.some((type) => error instanceof type)) {
    return error.message.split('\n');
  }
  throw error;
}

/** Runs a command's main function as this process. */
export function run(main: (argv: readonly string[], terminal: Terminal) => Promise<number>): void {
  // A reader that has seen enough (`… | head`) is no fault of the command.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  main(process.argv.slice(2), { print: console.log, printError: console.error }).then((code) => {
    process.exitCode = code;
  });
}
