import { spawn } from 'node:child_process';
import { UsageError } from '../cli/command';

/** How a program of the command line of Docker is run. */
export interface EngineProps {
  /** Name or path of the program, such as docker or podman. */
  readonly program: string;
  /** Environment variables of the program. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends the program. */
  readonly signal: AbortSignal;
  /** Shows a line of its output. */
  readonly say: (line: string) => void;
}

/** Most lines of output that the message of a failure repeats. */
const TAIL_LINES = 5;

/**
 * Runs the engine.
 * @param input what it reads from stdin. @default - nothing
 * @throws UsageError where it is missing or fails; the reason of the signal once that is aborted
 */
export async function runEngine(engine: EngineProps, args: readonly string[], input = ''): Promise<void> {
  const { program, environment, signal, say } = engine;
  signal.throwIfAborted();
  const child = spawn(program, [...args], { env: { ...environment }, signal, killSignal: 'SIGTERM' });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      const added = text.split('\n').filter((line) => line.trim() !== '');
      for (const line of added) say(line);
      lines.push(...added);
      lines.splice(0, Math.max(0, lines.length - TAIL_LINES));
    });
  }
  // A program that does not read its input is no failure.
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    signal.throwIfAborted();
    if (error.code !== 'ENOENT') throw error;
    throw new UsageError(
      `${program} is not on this machine; install it, name another engine with --engine, or set workload.image to { source: 'built' }: then the deployment builds the image`,
      { cause: error },
    );
  });
  if (code !== 0) {
    throw new UsageError([`${program} ${args[0]} failed with exit code ${code}:`, ...lines].join('\n'));
  }
}
