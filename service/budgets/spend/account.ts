import type { PicoUsd } from '../../prices/money';
import type { BudgetEventKind, LimitedBudget } from '../budget';
import type { BudgetWindow } from '../windows';
import type { WindowKey } from './window-key';
import { windowName } from './window-key';

/** Length of the time over which a pod's demand is measured, ms. */
const DEMAND_MS = 1000;

/** Time without questions to the database after a refusal, ms: refused callers come back at once. */
const REFUSAL_MS = 250;

/** What this pod knows and holds of a budget's window. Money in 10^-12 USD. */
export class Account {
  readonly name: string;
  readonly key: WindowKey;
  /** What the pod may spend without asking. Below what is held where a call cost more than its worst case. */
  share: PicoUsd = 0n;
  /** What its calls hold. */
  held: PicoUsd = 0n;
  /** Until when the share may be used, ms since 1970, by the pod's clock; well before the lease ends. */
  leaseUntil = 0;
  /** Whether the window is open in the database. */
  isStored = false;
  /** Events of the window that are known to be written. */
  readonly notedEvents = new Set<BudgetEventKind>();
  /** Whether anybody has asked since the last time that the share was written. */
  isAsked = false;
  private demand: PicoUsd = 0n;
  private formerDemand: PicoUsd = 0n;
  private demandSince = 0;
  private refusal: { readonly until: number; readonly left: Refusal } | undefined;

  constructor(
    readonly budget: LimitedBudget,
    readonly window: BudgetWindow,
  ) {
    this.key = { budgetId: budget.id, startsAt: window.startsAt };
    this.name = windowName(this.key);
  }

  /** Whether a call fits into the share. */
  hasRoom(cost: PicoUsd, now: number): boolean {
    return now < this.leaseUntil && this.share - this.held >= cost;
  }

  /** Notes what a call asks for. */
  noteDemand(cost: PicoUsd, now: number): void {
    this.isAsked = true;
    this.roll(now);
    this.demand += cost;
  }

  /** What calls have asked for in about the last second. */
  recentDemand(now: number): PicoUsd {
    this.roll(now);
    const { demand, formerDemand } = this;
    if (demand > formerDemand) return demand;
    return formerDemand;
  }

  /** Notes that a call did not fit, and what was left. */
  noteRefusal(left: Refusal, now: number): void {
    this.refusal = { until: now + REFUSAL_MS, left };
  }

  /** What was left, where a call of this cost was refused a moment ago. */
  recentRefusal(cost: PicoUsd, now: number): Refusal | undefined {
    const { refusal } = this;
    return refusal !== undefined && now < refusal.until && cost > refusal.left.room
      ? refusal.left
      : undefined;
  }

  private roll(now: number): void {
    if (now - this.demandSince < DEMAND_MS) return;
    this.formerDemand = now - this.demandSince < 2 * DEMAND_MS ? this.demand : 0n;
    this.demand = 0n;
    this.demandSince = now;
  }
}

/** What a window had left when a call did not fit. */
export interface Refusal {
  readonly limit: PicoUsd;
  readonly spent: PicoUsd;
  /** By calls under way and by shares of pods. */
  readonly held: PicoUsd;
  readonly room: PicoUsd;
}
