import type { SharedDeduplicator } from '../../cache/deduplication/shared-deduplicator';
import { CallRefused, type GatewayAnswer, type PlannedCall } from '../call';
import type { LedCall } from '../led-call';
import type { SharedResult } from './kept-answer';
import { ReplayBudget, ReplayBuffer } from './replay-buffer';

/** Shares works of a key between pods; in this pod only where there is no shared cache. */
export type PodsDeduplicator = Pick<SharedDeduplicator, 'execute'>;

/** What somebody who joins a call gets: a stream from its beginning, or the result. */
export type Joined =
  | {
      readonly kind: 'stream';
      readonly stream: AsyncIterable<Uint8Array>;
      readonly result: Promise<SharedResult | null>;
    }
  | { readonly kind: 'result'; readonly result: SharedResult };

/** A call under way that others can join. */
interface Flight {
  /** Resolves when the answer begins. */
  readonly begun: Promise<Begun>;
}

type Begun =
  | { readonly kind: 'stream'; readonly buffer: ReplayBuffer; readonly result: Promise<SharedResult | null> }
  | { readonly kind: 'result'; readonly result: SharedResult }
  /** The answer cannot be shared: whoever waits does the call himself. */
  | { readonly kind: 'own' };

/** Error of a work whose result other pods cannot use, such as a stream that broke off. */
class NotShareable extends Error {}

/** Time after which others stop waiting for a pod that was killed, ms. */
const LEASE_MS = 10_000;

/** Lets identical calls share one call to the provider, in the pod and between pods. */
export class Flights {
  private readonly flights = new Map<string, Flight>();
  private readonly budget = new ReplayBudget();

  /**
   * @param longestCallMs longest wait for another pod, ms
   */
  constructor(
    private readonly pods: PodsDeduplicator,
    private readonly longestCallMs: number,
  ) {}

  /** Calls under way that can be joined. */
  get size(): number {
    return this.flights.size;
  }

  /**
   * Joins the identical call under way, or leads one.
   * @param lead sends the call to the provider
   * @returns the answer of the own call, or what was joined; null where the joined answer cannot be shared
   * @throws what `lead` throws, also to those who have joined
   */
  async join(
    call: PlannedCall,
    key: string,
    lead: () => Promise<LedCall>,
  ): Promise<GatewayAnswer | Joined | null> {
    const flight = this.flights.get(key);
    if (flight !== undefined) {
      call.onWait();
      return follow(await flight.begun, call);
    }
    return this.start(key, lead);
  }

  private start(key: string, lead: () => Promise<LedCall>): Promise<GatewayAnswer | Joined | null> {
    let begin!: (begun: Begun) => void;
    let fail!: (error: unknown) => void;
    const begun = new Promise<Begun>((resolve, reject) => {
      begin = resolve;
      fail = reject;
    });
    // Nobody may have joined.
    begun.catch(() => undefined);
    const flight: Flight = { begun };
    this.flights.set(key, flight);
    const land = () => {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    };
    return new Promise((answer, refuse) => {
      const work = async (): Promise<SharedResult> => {
        const led = await lead();
        answer(this.take(led, begin, land));
        const result = await led.result;
        if (result === null) throw new NotShareable('the answer cannot be shared');
        return result;
      };
      this.between(key, work).then(
        (result) => {
          land();
          begin({ kind: 'result', result });
          // Another pod has led.
          answer({ kind: 'result', result });
        },
        (error: unknown) => {
          land();
          if (error instanceof NotShareable) {
            begin({ kind: 'own' });
            answer(null);
          } else {
            fail(error);
            refuse(error);
          }
        },
      );
    });
  }

  /** The leader's own answer; a stream is read through a buffer that others can join. */
  private take({ answer, result }: LedCall, begin: (begun: Begun) => void, land: () => void): GatewayAnswer {
    if (!isStream(answer.body)) return answer;
    const buffer = new ReplayBuffer({ budget: this.budget, onClosed: land });
    const body = buffer.follow();
    void buffer.fill(answer.body);
    begin({ kind: 'stream', buffer, result });
    return { ...answer, body };
  }

  private between(key: string, work: () => Promise<SharedResult>): Promise<SharedResult> {
    return this.pods.execute(`llm:${key}`, {
      work,
      encodeError: encodeRefusal,
      decodeError: decodeRefusal,
      waitMs: this.longestCallMs,
      leaseMs: LEASE_MS,
    });
  }
}

async function follow(begun: Begun, { facts }: PlannedCall): Promise<Joined | null> {
  if (begun.kind === 'own') return null;
  if (begun.kind === 'result') return begun;
  if (facts.stream && begun.buffer.canJoin) {
    return { kind: 'stream', stream: begun.buffer.follow(), result: begun.result };
  }
  const result = await begun.result;
  return result && { kind: 'result', result };
}

function encodeRefusal(error: unknown): string {
  if (error instanceof CallRefused) return JSON.stringify(error.refusal);
  return JSON.stringify(
    error instanceof NotShareable ? { code: 'not_shareable' } : { code: 'internal_error' },
  );
}

function decodeRefusal(text: string): Error {
  const refusal = JSON.parse(text);
  return 'kind' in refusal ? new CallRefused(refusal) : new NotShareable('the answer cannot be shared');
}

function isStream(body: GatewayAnswer['body']): body is AsyncIterable<Uint8Array> {
  return typeof body !== 'string' && !(body instanceof Uint8Array);
}
