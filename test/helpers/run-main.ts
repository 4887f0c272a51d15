import type { Terminal } from '../../bin/cli/command';

type Main = (argv: readonly string[], terminal: Terminal) => Promise<number>;

/** Runs a command in this process: its exit code and the lines that it wrote. */
export async function runMain(main: Main, ...argv: string[]) {
  const lines: string[] = [];
  const errors: string[] = [];
  const terminal = {
    print: (line: string) => lines.push(line),
    printError: (line: string) => errors.push(line),
  };
  const code = await main(argv, terminal);
  return { code, out: lines.join('\n'), errors };
}
