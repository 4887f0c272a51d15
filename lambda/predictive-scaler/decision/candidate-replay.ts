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

/** Target utilisations of the HPA to choose from, 0 to 1. */
const HPA_TARGETS = [0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** Longest replay, minutes: the models' validation days, and the day for which they are trained. */
const MAX_REPLAY_MINUTES = 5 * 1440;

/** Settings of a replay. */
export interface ReplaySettings {
  /** Load of one replica, and the bounds of the HPA. */
  readonly capacity: CapacityLimits;
  /** Time from creating a replica to its readiness, whole minutes. */
  readonly startMinutes: number;
  /** Time between two decisions, minutes. */
  readonly intervalMinutes: number;
  /** Whether the HPA's target may be chosen too; otherwise its fixed value, utilisation 0 to 1. */
  readonly hpaTarget: { readonly allowed: true } | { readonly allowed: false; readonly fixed: number };
}

/** Loads of consecutive minutes. */
export interface MinuteLoads {
  /** Minute of the first load, since 1970-01-01 UTC. */
  readonly firstMinute: number;
  /** One load a minute; NaN where unknown. */
  readonly loads: ArrayLike<number>;
  /** First minute whose load may change: loads between coarse samples are interpolated. @default - all are final */
  readonly unsettledFrom?: number;
}

/** A floor candidate with an HPA target, and its replayed cost. */
export interface ReplayedCandidate {
  /** How the floor is set. */
  readonly floor: FloorCandidate;
  /** Target utilisation of the HPA, 0 to 1. */
  readonly hpaTarget: number;
  /** Cost of each minute from the first past decision on, replica-minutes, penalties included. */
  readonly costs: Float64Array;
}

interface ReplayedHpa extends ReplayedCandidate {
  /** Floor in each minute; shared by the HPAs with the same candidate. */
  readonly floors: Float64Array;
  readonly desired: Float64Array;
  readonly memory: HpaMemory;
}

/** Cost of each candidate over the last days. A replay continues where it stopped if the past has only grown. */
export class CandidateReplay {
  private first: Forecast | undefined;
  private decided = 0;
  private floors: Float64Array[] = [];
  private hpas: ReplayedHpa[] = [];

  constructor(private readonly settings: ReplaySettings) {}

  /**
   * @param past forecasts at the decision interval, oldest first
   * @param recent measured loads
   * @param untilMinute first minute that is not known yet
   * @returns loads from the first past decision on, and the candidates; no candidates without past forecasts
   */
  replay(
    past: readonly Forecast[],
    recent: MinuteLoads,
    untilMinute: number,
  ): { readonly loads: SimulatedLoads; readonly candidates: readonly ReplayedCandidate[] } {
    const start = past[0] ? past[0].originMinute + ISSUE_MINUTES : untilMinute;
    const length = Math.min(MAX_REPLAY_MINUTES, Math.max(0, untilMinute - start));
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
    this.floors = FLOOR_CANDIDATES.map(() => new Float64Array(MAX_REPLAY_MINUTES));
    this.hpas = FLOOR_CANDIDATES.flatMap((floor, index) =>
      targets.map((target) => ({
        floor,
        floors: this.floors[index] as Float64Array,
        hpaTarget: target,
        costs: new Float64Array(MAX_REPLAY_MINUTES),
        desired: new Float64Array(MAX_REPLAY_MINUTES),
        memory: newHpa(),
      })),
    );
  }

  /** Fills in the floors: that of each past decision until the next decision is in force. */
  private decideFloors(past: readonly Forecast[]): void {
    const start = past[0]?.originMinute ?? 0;
    for (; this.decided < past.length; this.decided += 1) {
      const forecast = past[this.decided] as Forecast;
      FLOOR_CANDIDATES.forEach((candidate, index) => {
        this.floors[index]?.fill(this.floorAt(candidate, forecast), forecast.originMinute - start);
      });
    }
  }

  /** Floor of a candidate for a forecast, replicas. */
  floorAt(candidate: FloorCandidate, forecast: Forecast): number {
    const { capacity, startMinutes, intervalMinutes } = this.settings;
    const share = laterShare(forecast, startMinutes, intervalMinutes);
    return replicasFor(coveredLoad(candidate, forecast, share), capacity);
  }

  /** Simulates to the end of the loads; the next replay continues after the final loads. */
  private simulate(loads: SimulatedLoads, settled: number): void {
    const known = { served: loads.served.subarray(0, settled), metric: loads.metric.subarray(0, settled) };
    for (const hpa of this.hpas) {
      this.continueHpa(hpa, known, hpa.memory);
      this.continueHpa(hpa, loads, { ...hpa.memory });
    }
  }

  private continueHpa(
    { floors, hpaTarget, desired, costs }: ReplayedHpa,
    loads: SimulatedLoads,
    memory: HpaMemory,
  ) {
    const { capacity, startMinutes } = this.settings;
    const from = memory.minute;
    if (from >= loads.served.length) return;
    simulateHpa(loads, { capacity, floors, target: hpaTarget }, desired, memory);
    minuteCosts(loads, desired, { capacity, startMinutes, penalty: UNMET_PENALTY }, costs, from);
  }
}
