import type { Client } from '../../test/load/client.ts';
import type { K6Scenario } from './k6-options';
import { WakeQueue } from './wake-queue';

/** What a scenario starts at a moment. */
export interface DueIterations {
  /** Iterations to start now. */
  readonly start: number;
  /** Iterations that were dropped because every virtual user was busy. */
  readonly dropped: number;
  /** Users that are there, and those of them that start the iterations. @default - nobody in particular starts them */
  readonly users?: { readonly present: number; readonly awake: readonly number[] };
}

/** When a scenario starts iterations. Times are ms from the scenario's start. */
export interface LoadSource {
  due(nowMs: number): DueIterations;
  /** An iteration has ended. @param user who started it, where that was somebody in particular */
  ended(nowMs: number, user?: number): void;
  /** Whether nothing more will start. */
  isExhausted(nowMs: number): boolean;
}

/** A scenario's executor. @param user who knows how long users pause */
export function loadSource(scenario: K6Scenario, user: Pick<Client, 'pauseSeconds'>): LoadSource {
  switch (scenario.executor) {
    case 'shared-iterations':
      return new SharedIterations(scenario.vus, scenario.iterations, scenario.maxDuration);
    case 'constant-arrival-rate': {
      const { rate, duration } = scenario;
      return new Arrivals(rate, [{ target: rate, duration }], scenario.maxVUs);
    }
    case 'ramping-arrival-rate':
      return new Arrivals(scenario.startRate, scenario.stages, scenario.maxVUs);
    case 'ramping-vus':
      return new PausingUsers(scenario.startVUs, scenario.stages, user);
  }
}

interface Stage {
  readonly duration: number;
  readonly target: number;
}

/** The value at a time of what goes in straight lines from target to target. */
export function levelAt(start: number, stages: readonly Stage[], nowMs: number): number {
  let [from, stageStart] = [start, 0];
  for (const { duration, target } of stages) {
    if (nowMs < stageStart + duration) return from + ((target - from) * (nowMs - stageStart)) / duration;
    [from, stageStart] = [target, stageStart + duration];
  }
  return from;
}

/** Iterations that k6 would have started by a time: the area under the rate, whole ones, none after the last stage. */
export function arrivalsBy(startRate: number, stages: readonly Stage[], nowMs: number): number {
  let [from, stageStart, area] = [startRate, 0, 0];
  for (const { duration, target } of stages) {
    const passed = Math.min(Math.max(nowMs - stageStart, 0), duration);
    if (duration > 0) area += (passed * (from + (from + ((target - from) * passed) / duration))) / 2;
    [from, stageStart] = [target, stageStart + duration];
  }
  // The tolerance is for sums of binary fractions.
  return Math.floor(area / 1000 + 1e-9);
}

function lengthOf(stages: readonly Stage[]): number {
  return stages.reduce((sum, { duration }) => sum + duration, 0);
}

/** Open model: iterations start by the clock. */
class Arrivals implements LoadSource {
  private planned = 0;
  private busy = 0;

  constructor(
    private readonly startRate: number,
    private readonly stages: readonly Stage[],
    private readonly maxVus: number,
  ) {}

  due(nowMs: number) {
    const wanted = arrivalsBy(this.startRate, this.stages, nowMs) - this.planned;
    const start = Math.min(wanted, this.maxVus - this.busy);
    this.planned += wanted;
    this.busy += start;
    return { start, dropped: wanted - start };
  }

  ended(): void {
    this.busy -= 1;
  }

  isExhausted(nowMs: number): boolean {
    return nowMs >= lengthOf(this.stages);
  }
}

/** So many iterations, by so many users, as fast as they go. */
class SharedIterations implements LoadSource {
  private busy = 0;

  constructor(
    private readonly vus: number,
    private left: number,
    private readonly maxMs: number,
  ) {}

  due(nowMs: number) {
    if (this.isExhausted(nowMs)) return { start: 0, dropped: 0 };
    const start = Math.min(this.vus - this.busy, this.left);
    this.left -= start;
    this.busy += start;
    return { start, dropped: 0 };
  }

  ended(): void {
    this.busy -= 1;
  }

  isExhausted(nowMs: number): boolean {
    return this.left === 0 || nowMs >= this.maxMs;
  }
}

/** Closed model: each user pauses, asks, waits for the answer, and pauses again. */
class PausingUsers implements LoadSource {
  private present = 0;
  private readonly pauses = new WakeQueue();

  constructor(
    private readonly startVus: number,
    private readonly stages: readonly Stage[],
    private readonly user: Pick<Client, 'pauseSeconds'>,
  ) {}

  due(nowMs: number) {
    const users = Math.floor(levelAt(this.startVus, this.stages, nowMs));
    for (; this.present < users; this.present += 1) this.ended(nowMs, this.present);
    const awake = this.isExhausted(nowMs) ? [] : this.pauses.wake(nowMs);
    return { start: awake.length, dropped: 0, users: { present: this.present, awake } };
  }

  ended(nowMs: number, user = 0): void {
    this.pauses.add(nowMs + 1000 * this.user.pauseSeconds(), user);
  }

  isExhausted(nowMs: number): boolean {
    return nowMs >= lengthOf(this.stages);
  }
}
