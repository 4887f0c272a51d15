import { FIRST_LIMIT, nextLimit, TARGET_TURN_MS } from './work-limit';

/** Work on a request. */
export interface Work {
  /** The request needs the pod no more: it is answered, or waits for a provider. Again: nothing. */
  end(): void;
}

/** `first`: records and calls, which come once. `later`: questions, which can be asked again. */
export type Rank = 'first' | 'later';

/** Why a request is refused: it waited for too long, or too many wait. */
export type QueueRefusal = 'queue_time' | 'queue_full';

/** Is told once what becomes of a request. */
export type Decide = (decision: Work | QueueRefusal) => void;

export interface AdmissionQueueProps {
  /** Monotonic clock, ms. */
  readonly clock: () => number;
  /** Runs something in the turn of the event loop, after its input was read; within such a work: in the next turn. */
  readonly defer: (work: () => void) => void;
}

/**
 * Longest wait, ms, in a queue that was empty less than so long ago: a burst passes. It is the objective of the 95th
 * percentile.
 */
export const BURST_WAIT_MS = 500;

/**
 * Longest wait in a queue that has been there for longer, ms: it would stay however long requests wait in it, so they wait
 * no longer than the pod needs to have work all the time. The rule of CoDel (RFC 8289), as used for servers by Facebook
 * ("Fail at Scale", ACM Queue 13, 2015).
 */
export const STANDING_WAIT_MS = 100;

/** Most requests that wait. Each holds its headers, and up to 64 KiB of its body. */
export const MOST_WAITING = 1000;

/**
 * Time in a turn of the event loop after which requests that arrive wait for its end, and as much for those that wait, ms.
 * Work without a pause, such as a cached answer, is over before the next request is seen: no limit would notice it.
 */
const TURN_WORK_MS = TARGET_TURN_MS / 2;

/** While both ranks wait, one of so many requests is of the later one: questions get slow, but do not end. */
const LATER_SHARE = 8;

interface Waiting {
  readonly sinceMs: number;
  readonly decide: Decide;
}

/** Bounds the requests that a pod works on. Others wait, for a short time that depends on how long there has been a queue. */
export class AdmissionQueue {
  private readonly waiting: Readonly<Record<Rank, Set<Waiting>>> = { first: new Set(), later: new Set() };
  private limit = FIRST_LIMIT;
  private underWay = 0;
  private admitted = 0;
  /** Since when there has been a queue; null while there is room. A queue that only refusals emptied is still there. */
  private queueSinceMs: number | null = null;
  private mostUnderWay = 0;
  private wasFull = false;
  private isDeferred = false;
  /** When the turn's first request arrived, ms; null: none has. */
  private turnSinceMs: number | null = null;

  constructor(private readonly props: AdmissionQueueProps) {}

  /** Requests that are worked on. */
  get working(): number {
    return this.underWay;
  }

  /** Requests that wait. */
  get size(): number {
    return this.waiting.first.size + this.waiting.later.size;
  }

  /** Lets a request in, at once or later, or refuses it. */
  enter(rank: Rank, decide: Decide): void {
    const { size } = this;
    const nowMs = this.props.clock();
    const hasRoom = this.underWay < this.limit;
    if (size === 0 && hasRoom && this.hasTime(nowMs)) {
      this.queueSinceMs = null;
      decide(this.begin());
      return;
    }
    if (size >= MOST_WAITING) {
      decide('queue_full');
      return;
    }
    this.queueSinceMs ??= nowMs;
    this.waiting[rank].add({ sinceMs: nowMs, decide });
    if (hasRoom) this.admitSoon();
    else this.wasFull = true;
  }

  /** Refuses those that have waited for too long. Call it after the turn's work has ended, so that free room is used. */
  sweep(): void {
    this.admit();
    const nowMs = this.props.clock();
    const isStanding = nowMs - (this.queueSinceMs ?? nowMs) > BURST_WAIT_MS;
    const longestMs = isStanding ? STANDING_WAIT_MS : BURST_WAIT_MS;
    for (const rank of [this.waiting.first, this.waiting.later]) {
      for (const one of rank) {
        if (nowMs - one.sinceMs <= longestMs) break;
        rank.delete(one);
        one.decide('queue_time');
      }
    }
  }

  /** Adapts the limit. @param turnMs mean length of a turn of the event loop since the last call */
  adapt(turnMs: number): void {
    const { mostUnderWay, wasFull } = this;
    this.limit = nextLimit(this.limit, { turnMs, mostUnderWay, wasFull });
    this.mostUnderWay = this.underWay;
    this.wasFull = false;
    this.admit();
  }

  /** Whether the turn is still short. */
  private hasTime(nowMs: number): boolean {
    if (this.turnSinceMs === null) {
      this.turnSinceMs = nowMs;
      this.props.defer(() => {
        this.turnSinceMs = null;
      });
    }
    return nowMs - this.turnSinceMs < TURN_WORK_MS;
  }

  private begin(): Work {
    this.underWay += 1;
    this.admitted += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    let hasEnded = false;
    return {
      end: () => {
        if (hasEnded) return;
        hasEnded = true;
        this.underWay -= 1;
        this.admitSoon();
      },
    };
  }

  /** Not at once: a request that ends at once would let in the next one, and so on, each within the other. */
  private admitSoon(): void {
    if (this.isDeferred || this.size === 0) return;
    this.isDeferred = true;
    this.props.defer(() => {
      this.isDeferred = false;
      this.admit();
    });
  }

  private admit(): void {
    const startMs = this.props.clock();
    while (this.underWay < this.limit) {
      if (this.props.clock() - startMs >= TURN_WORK_MS) {
        this.admitSoon();
        return;
      }
      const next = this.takeNext();
      if (next === undefined) return;
      if (this.size === 0) this.queueSinceMs = null;
      next.decide(this.begin());
    }
  }

  private takeNext(): Waiting | undefined {
    const { first, later } = this.waiting;
    const isLater = first.size === 0 || (later.size > 0 && this.admitted % LATER_SHARE === 0);
    const rank = isLater ? later : first;
    const [next] = rank;
    if (next !== undefined) rank.delete(next);
    return next;
  }
}
