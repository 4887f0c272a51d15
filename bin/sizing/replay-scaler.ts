import type { PolicyId } from '../../lambda/predictive-scaler/backtest/backtest-trace';
import type { Trace } from '../../lambda/predictive-scaler/backtest/trace';
import { type OnProgress, runTrace } from '../backtest/run-traces';
import type { HpaSize } from './size-hpa';

/** Time from a decision to when its replicas serve, minutes, as in the replay of the HPA. */
const LEAD_MINUTES = 4;

/** How the recommended HPA did on the traffic under a policy. */
export interface PolicyReplay {
  /** Mean replicas over the replayed minutes. */
  readonly meanReplicas: number;
  /** Minutes with fewer ready replicas than the load needed. */
  readonly shortMinutes: number;
}

/** The HPA alone, and with the floor of predictive scaling. */
export interface ScalerReplay {
  readonly minutes: number;
  readonly hpa: PolicyReplay;
  readonly predictive: PolicyReplay;
}

export interface ScalerInput {
  readonly trace: Trace;
  /** Factor on all loads. */
  readonly growth: number;
  /** Bounds of the HPA. */
  readonly bounds: Pick<HpaSize, 'minReplicas' | 'maxReplicas'>;
  /** What a pod serves at most, requests per second. */
  readonly capacity: number;
  /** IANA time zone of the people who make the load. */
  readonly timeZone: string;
}

/**
 * Replays predictive scaling as `npm run backtest` does: forecasts from nothing but what was known, an HPA at 70 %.
 * @returns undefined where the trace is too coarse
 */
export async function replayScaler(
  input: ScalerInput,
  onProgress: OnProgress,
): Promise<ScalerReplay | undefined> {
  const { trace, growth, bounds, capacity, timeZone } = input;
  const grown = {
    ...trace,
    samples: trace.samples.map(({ minute, load }) => ({ minute, load: load * growth })),
  };
  const settings = { ...bounds, loadPerReplica: capacity, leadMinutes: LEAD_MINUTES, timeZone };
  const { policies, loads } = await runTrace(grown, settings, onProgress);
  const replayOf = (id: PolicyId): PolicyReplay | undefined => {
    const outcome = policies.find((one) => one.id === id);
    return (
      outcome && {
        meanReplicas: (outcome.replicaHours * 60) / loads.length,
        shortMinutes: outcome.underMinutes,
      }
    );
  };
  const [hpa, predictive] = [replayOf('hpa'), replayOf('adaptiveFloor')];
  return hpa && predictive && { minutes: loads.length, hpa, predictive };
}
