import { fork } from 'node:child_process';
import { join } from 'node:path';
import { UsageError } from '../../cli/command';
import type { TimelineRow } from '../results/timeline';
import type { LoadPlan } from '../run-load';
import type { ScriptResult } from '../run-script';

/** What the generator's process is told. */
export interface GeneratorTask extends LoadPlan {
  /** Where it sends the load, on loopback. */
  readonly origin: string;
}

/** What a run measured, and what it cost to measure. */
export interface GeneratedLoad {
  readonly result: ScriptResult;
  /** Processor time of the generator, ms. */
  readonly generatorMs: number;
}

/** What it answers. */
export type GeneratorMessage =
  | { readonly row: TimelineRow }
  | { readonly done: GeneratedLoad }
  | { readonly usageError: string };

export interface GenerateProps {
  /** Called with each row of the timeline when it is complete. */
  readonly onRow: (row: TimelineRow) => void;
  /** Ends the run; nothing is measured then. */
  readonly signal: AbortSignal;
}

/**
 * Offers a load from a process of its own: what this one does meanwhile makes no request late, and its processor time
 * is known.
 * @throws UsageError on what the script cannot be run with
 */
export function generateLoad(task: GeneratorTask, { onRow, signal }: GenerateProps): Promise<GeneratedLoad> {
  const child = fork(join(__dirname, 'generator-process.ts'), {
    execArgv: ['--require', require.resolve('tsx/cjs')],
    // Times that are unknown are NaN, which JSON does not have.
    serialization: 'advanced',
    // Ctrl-C reaches this process, which then ends the child.
    detached: true,
  });
  const end = () => child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  const done = new Promise<GeneratedLoad>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, by) =>
      reject(signal.aborted ? signal.reason : new Error(`the load generator ended with ${code ?? by}`)),
    );
    child.on('message', (message: GeneratorMessage) => {
      if ('row' in message) onRow(message.row);
      else if ('done' in message) resolve(message.done);
      else reject(new UsageError(message.usageError));
    });
    child.send(task);
  });
  return done.finally(() => {
    signal.removeEventListener('abort', end);
    end();
  });
}
