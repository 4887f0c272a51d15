import { UsageError } from '../cli/command';

/** Signals that end a command. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that has to clean up after itself, such as ending its child processes, also on Ctrl-C: the first signal
 * aborts the work, which then ends by itself.
 * @throws UsageError where a signal has ended it
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (signal: NodeJS.Signals) => controller.abort(new UsageError(`ended by ${signal}`));
  for (const signal of SIGNALS) process.on(signal, abort);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}
