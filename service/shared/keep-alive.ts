/**
 * Options of an HTTP agent; `timeout` in milliseconds. Connections are reused within a run and closed between runs:
 * Lambda freezes a function between runs, and it would not notice that the other side closes them.
 */
export const KEEP_ALIVE = { keepAlive: true, timeout: 15_000 } as const;
