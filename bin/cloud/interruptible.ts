import type { Terminal } from '../cli/command';
import { Interrupted } from './machine';

/** Exit code of a program that SIGINT ended, as shells have it. */
const INTERRUPTED = 130;

/**
 * A signal that Ctrl-C, or a supervisor's SIGTERM, aborts. Further ones have no effect: npm passes the terminal's Ctrl-C
 * on a second time, and every wait has a time-out.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => controller.abort(new Interrupted()));
  }
  return controller.signal;
}

/**
 * Runs the work of a command that can be interrupted.
 * @param advice what another run will do, for the user who interrupted this one
 * @returns the work's exit code, or 130
 */
export async function interruptible(
  { printError }: Terminal,
  advice: string,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    printError(`interrupted; ${advice}`);
    return INTERRUPTED;
  }
}
