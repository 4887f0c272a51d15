/** State of the loop at a sync of the HPA. */
export interface LoopPoint {
  /** Platform's clock, ms since 1970-01-01 UTC. */
  readonly atMs: number;
  /** Requests per second of all pods; null where unknown. */
  readonly load: number | null;
  /** `minReplicas` of the HPA. */
  readonly floor: number;
  /** Pods that there are. */
  readonly pods: number;
  /** Pods that the HPA wants. */
  readonly replicas: number;
}

/** A decision of the scaler, as it publishes it. */
export interface PublishedForecast {
  /** Platform's clock, minutes since 1970-01-01 UTC. */
  readonly originMinute: number;
  /** Forecasts; loads are requests per second, null where unknown. */
  readonly forecasts: readonly {
    readonly horizonMinutes: number;
    readonly point: number | null;
    readonly upper: number | null;
  }[];
  /** State of the gate, such as `ACTIVE`. */
  readonly gate: string;
  /** Why the floor is what it is, for people. */
  readonly message: string;
}

const HOUR_MS = 3_600_000;

/** Least time between two points: an hour has at most 720. */
const SPACING_MS = 5000;

/** Decisions that are kept: one a minute for the hour that is shown. */
const MAX_FORECASTS = 60;

/** The last hour of the loop. */
export class LoopHistory {
  private kept: readonly LoopPoint[] = [];
  private published: readonly PublishedForecast[] = [];

  get points(): readonly LoopPoint[] {
    return this.kept;
  }

  /** Oldest first. */
  get forecasts(): readonly PublishedForecast[] {
    return this.published;
  }

  /** A point that follows the last one too soon replaces it. */
  add(point: LoopPoint): void {
    const recent = this.kept.filter(({ atMs }) => point.atMs - atMs <= HOUR_MS);
    const before = recent.at(-2);
    const isSoon = before !== undefined && (recent.at(-1) as LoopPoint).atMs - before.atMs < SPACING_MS;
    this.kept = [...(isSoon ? recent.slice(0, -1) : recent), point];
  }

  publish(forecast: PublishedForecast): void {
    this.published = [...this.published, forecast].slice(-MAX_FORECASTS);
  }
}
