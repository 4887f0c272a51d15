/**
 * Connections are kept within a run and given up between runs: Lambda freezes a function for the minutes between,
 * in which the other side closes them unheard. Milliseconds.
 */
export const KEEP_ALIVE = { keepAlive: true, timeout: 15_000 } as const;
