import { type Answer, isSuccess, type Outcome } from './answer';

/** The kinds of clients of a drill: they send records, call the gateway, and ask for costs and history. */
export const CLIENTS = ['records', 'calls', 'questions'] as const;
export type ClientKind = (typeof CLIENTS)[number];

/** What the clients of one kind saw. */
export interface ClientFigures {
  /** Number of answers by outcome. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Longest time without a success, ms. */
  readonly silentMs: number;
  /** From the begin of the repair to the first success of a request that was sent after it, ms; null: none came. */
  readonly backMs: number | null;
  /** Whether a second without failures came after the repair. */
  readonly isCalm: boolean;
  /** Number of missing answers by reason. */
  readonly cuts: Readonly<Record<string, number>>;
}

/** Time without failures after which clients count as undisturbed, ms. */
const CALM_MS = 1000;

/** Answers to the clients of one kind over the time of a fault. */
export class ClientLog {
  private readonly outcomes = new Map<Outcome, number>();
  private lastSuccessMs: number;
  private silentMs = 0;
  private repairMs: number | undefined;
  private backMs: number | null = null;
  private lastFailureMs = Number.NEGATIVE_INFINITY;
  private readonly cuts = new Map<string, number>();

  /** @param beginMs begin of the load, ms of the drill's clock */
  constructor(beginMs: number) {
    this.lastSuccessMs = beginMs;
  }

  take({ outcome, sentMs, endedMs, reason = 'the answer broke off' }: Answer): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    if (outcome === 'cut') this.cuts.set(reason, (this.cuts.get(reason) ?? 0) + 1);
    if (!isSuccess(outcome)) {
      this.lastFailureMs = endedMs;
      return;
    }
    this.silentMs = Math.max(this.silentMs, endedMs - this.lastSuccessMs);
    this.lastSuccessMs = endedMs;
    if (this.repairMs !== undefined && sentMs >= this.repairMs) this.backMs ??= endedMs - this.repairMs;
  }

  /** Notes that the repair begins. @param nowMs of the drill's clock */
  repair(nowMs: number): void {
    this.repairMs = nowMs;
  }

  /** Whether a success came after the repair, and no failure for a second. @param nowMs of the drill's clock */
  isCalm(nowMs: number): boolean {
    return this.backMs !== null && nowMs - this.lastFailureMs >= CALM_MS;
  }

  /** @param endMs end of the load, ms of the drill's clock */
  figures(endMs: number): ClientFigures {
    return {
      outcomes: Object.fromEntries([...this.outcomes].sort(([one], [other]) => one.localeCompare(other))),
      silentMs: Math.round(Math.max(this.silentMs, endMs - this.lastSuccessMs)),
      backMs: this.backMs === null ? null : Math.round(this.backMs),
      isCalm: this.isCalm(endMs),
      cuts: Object.fromEntries(this.cuts),
    };
  }
}
