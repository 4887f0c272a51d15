import { type ChildProcess, spawn } from 'node:child_process';

/** Longest output that is read, bytes; a credential has a few thousand. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** Part of the program's error output that is passed on, characters: its end, where programs say why. */
const ERROR_OUTPUT_LENGTH = 2_000;

export interface ProgramProps {
  /** A path, or a name that is looked up in PATH. */
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Longest run, ms. */
  readonly timeoutMs: number;
}

/** A program that gave no output that can be used. The message continues "the program, which …". */
export class ProgramFailure extends Error {
  override readonly name = 'ProgramFailure';

  constructor(
    message: string,
    /** Whether the program does not exist. */
    readonly isMissing = false,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Runs a program without a shell and without input, and ends it when its time is over.
 * @returns what it printed
 * @throws {ProgramFailure} where it cannot be started, takes too long, prints too much or fails
 */
export function runProgram({ command, args, environment, timeoutMs }: ProgramProps): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: environment as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const output: Buffer[] = [];
    let bytes = 0;
    let errorOutput = '';
    const fail = (failure: ProgramFailure) => {
      clearTimeout(timer);
      end(child);
      reject(failure);
    };
    const timer = setTimeout(
      () =>
        fail(
          new ProgramFailure(`did not end within ${timeoutMs / 1000} s and was killed${said(errorOutput)}`),
        ),
      timeoutMs,
    );
    child.stdout.on('data', (chunk: Buffer) => {
      output.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_OUTPUT_BYTES) {
        fail(new ProgramFailure(`printed more than ${MAX_OUTPUT_BYTES} bytes and was killed`));
      }
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errorOutput = (errorOutput + chunk.toString('utf8')).slice(-ERROR_OUTPUT_LENGTH);
    });
    child.on('error', (cause) => fail(startFailure(cause)));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(Buffer.concat(output).toString('utf8'));
      else reject(new ProgramFailure(`ended with ${signal ?? `exit code ${code}`}${said(errorOutput)}`));
    });
  });
}

/** With its pipes, which a child of its own would keep open. */
function end(child: ChildProcess): void {
  child.kill('SIGKILL');
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function startFailure(cause: NodeJS.ErrnoException): ProgramFailure {
  if (cause.code === 'ENOENT') return new ProgramFailure('was not found', true, { cause });
  return new ProgramFailure(`cannot be started (${cause.message})`, false, { cause });
}

function said(errorOutput: string): string {
  const text = errorOutput.trim();
  return text === '' ? '' : `: ${text}`;
}
