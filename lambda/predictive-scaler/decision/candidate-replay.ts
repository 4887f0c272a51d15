import type { Forecast } from '../types';
import { type CapacityLimits, replicasFor } from './capacity';
import {
  type HpaMemory,
  minuteCosts,
  newHpa,
  prepareLoads,
  type SimulatedLoads,
  simulateHpa,
  UNMET_PENALTY,
} from './cost-simulation';
import {
  coveredLoad,
  FLOOR_CANDIDATES,
  type FloorCandidate,
  ISSUE_MINUTES,
  laterShare,
} from './floor-candidates';

/** Utilisation, 0 to 1. */
const HPA_TARGETS = [0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** Longest stretch that is replayed: the proof of the models and the day of their training, minutes. */
const MOST_MINUTES = 5 * 1440;

export interface ReplaySettings {
  readonly capacity: CapacityLimits;
  /** From asking for a replica to its serving, minutes, a whole number. */
  readonly startMinutes: number;
  /** Between decisions, minutes. */
  readonly intervalMinutes: number;
  /** Whether the HPA's target may be chosen too, or what it is; utilisation 0 to 1. */
  readonly hpaTarget: { readonly allowed: true } | { readonly allowed: false; readonly fixed: number };
}

/** Loads, one a minute; NaN where unknown. */
export interface MinuteLoads {
  readonly firstMinute: number;
  readonly loads: ArrayLike<number>;
  /** From this minute on loads are not final: lines between coarse samples bend when the next one comes. @default none */
  readonly unsettledFrom?: number;
}

/** A floor under one HPA target, with what it would have cost. */
export interface ReplayedCandidate {
  readonly floor: FloorCandidate;
  /** Utilisation 0 to 1. */
  readonly hpaTarget: number;
  /** Of each minute from the first past decision on, replica-minutes, penalties included. */
  readonly costs: Float64Array;
}

interface ReplayedHpa extends ReplayedCandidate {
  /** In force in each minute; shared by the HPAs under the same candidate. */
  readonly floors: Float64Array;
  readonly desired: Float64Array;
  readonly memory: HpaMemory;
}

/** What each candidate would have cost over the last days; goes on where it stopped while the past only grows. */
export class CandidateReplay {
  private first: Forecast | undefined;
  private decided = 0;
  private floors: Float64Array[] = [];
  private hpas: ReplayedHpa[] = [];

  constructor(private readonly settings: ReplaySettings) {}

  /**
   * @param past forecasts at the decision interval, oldest first
   * @param untilMinute first minute that is not known
   * @returns loads from the first past decision on, and the candidates; none of the latter without a past
   */
  replay(
    past: readonly Forecast[],
    recent: MinuteLoads,
    untilMinute: number,
  ): { readonly loads: SimulatedLoads; readonly candidates: readonly ReplayedCandidate[] } {
    const start = past[0] ? past[0].originMinute + ISSUE_MINUTES : untilMinute;
    const length = Math.min(MOST_MINUTES, Math.max(0, untilMinute - start));
    const offset = start - recent.firstMinute;
    const known = Float64Array.from({ length }, (_, at) => recent.loads[offset + at] ?? Number.NaN);
    const loads = prepareLoads(known, this.settings.capacity);
    if (past[0] !== this.first || past.length < this.decided) this.restart(past[0]);
    this.decideFloors(past);
    const settled = Math.max(0, Math.min(length, (recent.unsettledFrom ?? untilMinute) - start));
    this.simulate(loads, settled);
    return { loads, candidates: this.hpas };
  }

  private restart(first: Forecast | undefined): void {
    const { hpaTarget } = this.settings;
    const targets = hpaTarget.allowed ? HPA_TARGETS : [hpaTarget.fixed];
    this.first = first;
    this.decided = 0;
    this.floors = FLOOR_CANDIDATES.map(() => new Float64Array(MOST_MINUTES));
    this.hpas = FLOOR_CANDIDATES.flatMap((floor, index) =>
      targets.map((target) => ({
        floor,
        floors: this.floors[index] as Float64Array,
        hpaTarget: target,
        costs: new Float64Array(MOST_MINUTES),
        desired: new Float64Array(MOST_MINUTES),
        memory: newHpa(),
      })),
    );
  }

  /** The floor of each minute: each past decision's until the next is in force. */
  private decideFloors(past: readonly Forecast[]): void {
    const start = past[0]?.originMinute ?? 0;
    for (; this.decided < past.length; this.decided += 1) {
      const forecast = past[this.decided] as Forecast;
      FLOOR_CANDIDATES.forEach((candidate, index) => {
        this.floors[index]?.fill(this.floorAt(candidate, forecast), forecast.originMinute - start);
      });
    }
  }

  /** Replicas of a candidate's floor. */
  floorAt(candidate: FloorCandidate, forecast: Forecast): number {
    const { capacity, startMinutes, intervalMinutes } = this.settings;
    const share = laterShare(forecast, startMinutes, intervalMinutes);
    return replicasFor(coveredLoad(candidate, forecast, share), capacity);
  }

  /** To the end; the next replay goes on from where loads were settled. */
  private simulate(loads: SimulatedLoads, settled: number): void {
    const known = { served: loads.served.subarray(0, settled), metric: loads.metric.subarray(0, settled) };
    for (const hpa of this.hpas) {
      this.goOn(hpa, known, hpa.memory);
      this.goOn(hpa, loads, { ...hpa.memory });
    }
  }

  private goOn({ floors, hpaTarget, desired, costs }: ReplayedHpa, loads: SimulatedLoads, memory: HpaMemory) {
    const { capacity, startMinutes } = this.settings;
    const from = memory.minute;
    if (from >= loads.served.length) return;
    simulateHpa(loads, { capacity, floors, target: hpaTarget }, desired, memory);
    minuteCosts(loads, desired, { capacity, startMinutes, penalty: UNMET_PENALTY }, costs, from);
  }
}
