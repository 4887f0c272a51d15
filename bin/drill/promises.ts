import type { Outcome } from './answer';
import type { ClientKind } from './client-log';

/** What clients of one kind may see while a fault lasts. */
export interface ClientPromise {
  /** Outcomes other than success that they may see; none: every request succeeds. */
  readonly mayFail: readonly Outcome[];
  /** Longest time without a success, s. */
  readonly silentSeconds: number;
}

/** What is promised of a fault. Nothing is ever lost or stored twice; that is not for a fault to say. */
export interface FaultPromise {
  readonly records: ClientPromise;
  readonly calls: ClientPromise;
  readonly questions: ClientPromise;
  /** Longest time from the begin of the repair until clients of every kind have a success, s. */
  readonly backSeconds: number;
  /** An outcome that shows that the fault took place; a drill without it has tried nothing. @default - none */
  readonly sees?: { readonly client: ClientKind; readonly outcome: Outcome };
}

/** No request fails, and the longest wait is that of a busy machine. */
const UNHARMED: ClientPromise = { mayFail: [], silentSeconds: 5 };

/** A server that ends may take the answers that are under way with it, and the balancer says 502 for them. */
const CUT_SHORT: ClientPromise = { mayFail: ['502', '503', 'cut'], silentSeconds: 5 };

/**
 * Identical calls share one answer between pods. Where the result is lost with a master of the cache, those who wait go
 * on when the lease of the pod that led ends, after 10 s.
 */
const SHARED: ClientPromise = { mayFail: [], silentSeconds: 12 };

/** As above; who waits for a call that the server led goes on when its lease ends, after 10 s. */
const LED_CUT_SHORT: ClientPromise = { ...CUT_SHORT, silentSeconds: 12 };

/** Who needs the database gets 503 with `Retry-After`, after at most the wait for a connection. */
function away(silentSeconds: number): ClientPromise {
  return { mayFail: ['503'], silentSeconds };
}

/** The promise of each fault, in the order of the drill. */
export const PROMISES = {
  'database-stopped': { records: away(32), calls: UNHARMED, questions: away(32), backSeconds: 12 },
  'connections-killed': { records: away(5), calls: UNHARMED, questions: away(5), backSeconds: 5 },
  'pooler-restarted': { records: away(8), calls: UNHARMED, questions: away(8), backSeconds: 8 },
  'cache-master-killed': { records: UNHARMED, calls: SHARED, questions: UNHARMED, backSeconds: 12 },
  'cache-away': { records: UNHARMED, calls: SHARED, questions: UNHARMED, backSeconds: 12 },
  'provider-slow': {
    ...{ records: UNHARMED, questions: UNHARMED, backSeconds: 10 },
    calls: { mayFail: [], silentSeconds: 8 },
  },
  'provider-failing': {
    ...{ records: UNHARMED, questions: UNHARMED, backSeconds: 25 },
    calls: { mayFail: ['500', '503', '529'], silentSeconds: 30 },
    sees: { client: 'calls', outcome: '500' },
  },
  'provider-cutting': {
    ...{ records: UNHARMED, questions: UNHARMED, backSeconds: 25 },
    calls: { mayFail: ['cut', '503', '529'], silentSeconds: 30 },
    sees: { client: 'calls', outcome: 'cut' },
  },
  'provider-rubbish': {
    ...{ records: UNHARMED, questions: UNHARMED, backSeconds: 25 },
    calls: { mayFail: ['502', '503', '529'], silentSeconds: 30 },
    sees: { client: 'calls', outcome: '502' },
  },
  'pod-terminated': { records: CUT_SHORT, calls: CUT_SHORT, questions: CUT_SHORT, backSeconds: 10 },
  'pod-killed': { records: CUT_SHORT, calls: LED_CUT_SHORT, questions: CUT_SHORT, backSeconds: 12 },
  'journal-full': {
    ...{ records: away(40), questions: away(40), backSeconds: 20 },
    calls: { mayFail: ['503', '529'], silentSeconds: 40 },
    sees: { client: 'calls', outcome: '503' },
  },
  'clock-off': { records: UNHARMED, calls: UNHARMED, questions: UNHARMED, backSeconds: 5 },
  'rollup-refresh': { records: UNHARMED, calls: UNHARMED, questions: UNHARMED, backSeconds: 5 },
  'rolling-replacement': { records: UNHARMED, calls: UNHARMED, questions: UNHARMED, backSeconds: 5 },
} as const satisfies Readonly<Record<string, FaultPromise>>;

export type FaultName = keyof typeof PROMISES;

/** Names of the faults, in the order of the drill. */
export const FAULTS = Object.keys(PROMISES) as readonly FaultName[];

const WHO: Readonly<Record<ClientKind, string>> = {
  records: 'records',
  calls: 'calls of the gateway',
  questions: 'questions',
};

/** A promise in words, as the documentation has it. */
export function promiseText(promise: FaultPromise): string {
  const { backSeconds, ...rest } = promise;
  const clients = (['records', 'calls', 'questions'] as const).map((kind) => {
    const { mayFail, silentSeconds } = rest[kind];
    const fails = mayFail.length === 0 ? 'none fails' : `may see ${mayFail.join(', ')}`;
    return `${WHO[kind]}: ${fails}, a success at least every ${silentSeconds} s`;
  });
  return [
    'Nothing is lost, nothing counts twice',
    ...clients,
    `all succeed again within ${backSeconds} s of the repair`,
  ].join('; ');
}
