import { randomUUID } from 'node:crypto';

/** How the simulated provider answers each kind of call, in the words of `npm run simulate:provider -- --help`. */
export const KINDS = {
  whole: { behaviour: 'latency-20', stream: false },
  streamed: { behaviour: 'tokens-20-rate-100', stream: true },
  slow: { behaviour: 'latency-2000', stream: false },
  failing: { behaviour: 'error-500', stream: false },
  cut: { behaviour: 'tokens-20-cut-3', stream: true },
  'stream of 30 s': { behaviour: 'tokens-300-rate-10', stream: true },
} as const;
export type Kind = keyof typeof KINDS;

/** A call of the gateway. */
export interface DrillCall {
  readonly kind: Kind;
  /** What its row is known by: the tag `drill`. */
  readonly marker: string;
  readonly body: string;
}

/** @param promptBytes length of the prompt, bytes */
export function newCall(kind: Kind, promptBytes: number): DrillCall {
  const { behaviour, stream } = KINDS[kind];
  return { kind, marker: randomUUID(), body: bodyOf(behaviour, { stream, promptBytes }) };
}

/** A body of chat completions that no cache keeps: with a temperature of 1 each answer may differ. */
export function bodyOf(
  behaviour: string,
  { stream, promptBytes = 60 }: { readonly stream: boolean; readonly promptBytes?: number },
): string {
  const messages = [{ role: 'user', content: 'word '.repeat(Math.ceil(promptBytes / 5)) }];
  return JSON.stringify({ model: `gpt-4o-mini-sim-${behaviour}`, messages, temperature: 1, stream });
}
