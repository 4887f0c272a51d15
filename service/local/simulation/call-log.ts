/** How a call ended, as the provider saw it. */
export type SimulatedOutcome =
  /** Under way. */
  | 'open'
  /** Answered whole, or streamed to the end. */
  | 'answered'
  /** Answered with an error, or an error event in the stream. */
  | 'error'
  /** The provider broke the connection or never answered. */
  | 'broken'
  /** The client closed the connection before the end. */
  | 'left';

/** A call as the simulated provider received it. */
export interface SimulatedCall {
  /** Number of the call, from 1. */
  readonly number: number;
  readonly path: string;
  readonly model: string;
  readonly stream: boolean;
  /** Header `idempotency-key`, else `x-request-id`, else `x-client-request-id`; empty without. */
  readonly key: string;
  /** Tokens that the provider bills; output tokens are those sent before the call ended. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly outcome: SimulatedOutcome;
}

/** The newest calls that a provider received, and the number of all. */
export class CallLog {
  private readonly calls: { -readonly [Name in keyof SimulatedCall]: SimulatedCall[Name] }[] = [];
  private count = 0;

  /** @param limit number of calls that are kept, the newest */
  constructor(private readonly limit: number) {}

  /** Number of all calls since the start or the last `clear`. */
  get total(): number {
    return this.count;
  }

  /** The newest calls, the oldest of them first. */
  get newest(): readonly SimulatedCall[] {
    return this.calls.slice(-this.limit);
  }

  /** Number of kept calls by their key; a key with 2 was sent twice. */
  countByKey(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { key } of this.newest) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  }

  /** Adds a call that begins; returns its entry, which its end completes. */
  begin(call: Omit<SimulatedCall, 'number' | 'outcome' | 'outputTokens'>) {
    this.count += 1;
    const entry = { ...call, number: this.count, outputTokens: 0, outcome: 'open' as SimulatedOutcome };
    this.calls.push(entry);
    // Twice the limit before old calls go, so that removing them costs little a call.
    if (this.calls.length >= 2 * this.limit) this.calls.splice(0, this.calls.length - this.limit);
    return entry;
  }

  clear(): void {
    this.calls.length = 0;
    this.count = 0;
  }
}

/** Entry of a call that is under way. */
export type OpenCall = ReturnType<CallLog['begin']>;
