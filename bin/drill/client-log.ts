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
}

/** Answers to the clients of one kind over the time of a fault. */
export class ClientLog {
  private readonly outcomes = new Map<Outcome, number>();
  private lastSuccessMs: number;
  private silentMs = 0;
  private repairMs: number | undefined;
  private backMs: number | null = null;

  /** @param beginMs begin of the load, ms of the drill's clock */
  constructor(beginMs: number) {
    this.lastSuccessMs = beginMs;
  }

  take({ outcome, sentMs, endedMs }: Answer): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    if (!isSuccess(outcome)) return;
    this.silentMs = Math.max(this.silentMs, endedMs - this.lastSuccessMs);
    this.lastSuccessMs = endedMs;
    if (this.repairMs !== undefined && sentMs >= this.repairMs) this.backMs ??= endedMs - this.repairMs;
  }

  /** Notes that the repair begins. @param nowMs of the drill's clock */
  repair(nowMs: number): void {
    this.repairMs = nowMs;
  }

  get isBack(): boolean {
    return this.backMs !== null;
  }

  /** @param endMs end of the load, ms of the drill's clock */
  figures(endMs: number): ClientFigures {
    return {
      outcomes: Object.fromEntries([...this.outcomes].sort(([one], [other]) => one.localeCompare(other))),
      silentMs: Math.round(Math.max(this.silentMs, endMs - this.lastSuccessMs)),
      backMs: this.backMs === null ? null : Math.round(this.backMs),
    };
  }
}
