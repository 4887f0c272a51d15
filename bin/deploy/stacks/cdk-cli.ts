import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CloudContext } from '../../cloud/machine';

/** A run of the CDK CLI. */
export interface CdkRun {
  /** Arguments after `cdk`. */
  readonly arguments: readonly string[];
  /** File that gets the CLI's output. */
  readonly logFile: string;
  /** Called with each line of the output. @default - nobody wants it */
  readonly onLine?: (line: string) => void;
  /** Called with the process id once it runs. @default - nobody wants it */
  readonly onStart?: (pid: number) => void;
}

/** Time that the CLI gets to end by itself after a signal, ms. */
const GRACE_MS = 5_000;

/** Most lines of the output that are kept for a failure's message. */
const TAIL_LINES = 20;

/**
 * Runs the CLI that package.json pins, in a process group of its own: Ctrl-C reaches this process alone, which ends the
 * CLI in order.
 * @returns exit code, and the last lines of the output
 * @throws the reason of the context's signal, once the CLI has ended
 */
export async function runCdk(
  run: CdkRun,
  { machine, signal }: Pick<CloudContext, 'machine' | 'signal'>,
): Promise<{ readonly code: number; readonly tail: readonly string[] }> {
  signal.throwIfAborted();
  const program = join(dirname(require.resolve('aws-cdk/package.json')), 'bin', 'cdk');
  const child = spawn(process.execPath, [program, ...run.arguments], {
    cwd: machine.root,
    detached: true,
    env: { ...machine.environment, CI: 'true', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(run.logFile, { flags: 'w', mode: 0o600 });
  const tail: string[] = [];
  const keep = (line: string) => {
    log.write(`${line}\n`);
    run.onLine?.(line);
    if (line.trim() !== '') tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
  };
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', keep);
  if (child.pid !== undefined) run.onStart?.(child.pid);
  const stop = () => end(child);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? 1));
    });
    signal.throwIfAborted();
    return { code, tail };
  } finally {
    signal.removeEventListener('abort', stop);
    log.end();
  }
}

/** Ends the process group: the CLI may have started programs of its own. */
function end(child: ChildProcess): void {
  const kill = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It has ended already.
    }
  };
  kill('SIGTERM');
  const timer = setTimeout(() => kill('SIGKILL'), GRACE_MS);
  child.once('close', () => clearTimeout(timer));
}
