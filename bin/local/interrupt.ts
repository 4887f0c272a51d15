/** Signals that end a command. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that has to clean up after itself, such as ending its child processes, also on Ctrl-C: the first signal
 * aborts the work, which then ends by itself.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (signal: NodeJS.Signals) => controller.abort(new Error(`ended by ${signal}`));
  for (const signal of SIGNALS) process.on(signal, abort);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}
