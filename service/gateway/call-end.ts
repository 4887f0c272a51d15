/** When a call ends at the latest. */
export interface CallEnd {
  /** Aborts when the call has to end. */
  readonly signal: AbortSignal;
  /** Ends the timers. */
  clear(): void;
}

/** The call took longer than any call may. */
export class CallTimeoutError extends Error {
  override readonly name = 'CallTimeoutError';
}

/** The caller left, and the answer did not end soon after. */
export class CallerLeftError extends Error {
  override readonly name = 'CallerLeftError';
}

/**
 * A call ends at its longest time. A caller who leaves does not end it at once: the provider bills the answer, and its
 * end says what it used.
 */
export function callEnd(
  left: AbortSignal,
  times: { readonly longestMs: number; readonly drainMs: number },
): CallEnd {
  const controller = new AbortController();
  const longest = setTimeout(
    () => controller.abort(new CallTimeoutError('the call took too long')),
    times.longestMs,
  );
  let drain: NodeJS.Timeout | undefined;
  const onLeft = () => {
    drain = setTimeout(() => controller.abort(new CallerLeftError('the caller left')), times.drainMs);
  };
  if (left.aborted) onLeft();
  else left.addEventListener('abort', onLeft, { once: true });
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(longest);
      clearTimeout(drain);
      left.removeEventListener('abort', onLeft);
    },
  };
}
