import type { Forecast } from '../types';
import { type CapacityLimits, clampReplicas } from './capacity';

/** The seed's buffer above the forecast. */
const BUFFER = 1.2;

/** The seed's thresholds, as shares of the current replicas: it acts only above or below. */
const UP_ABOVE = 1.2;
const DOWN_BELOW = 0.7;

/** Direction of a change, in the seed's words. */
export type ScalingAction = 'SCALE_UP' | 'SCALE_DOWN' | 'MAINTAIN';

/** Position of the required replicas relative to the thresholds. */
export type BufferReason = 'above-up-threshold' | 'below-down-threshold' | 'within-thresholds';

/** Result of the buffer rule. */
export interface BufferDecision {
  /** Floor, replicas within the limits. */
  readonly replicas: number;
  /** What the seed would do. */
  readonly action: ScalingAction;
  /** Reason of the action. */
  readonly reason: BufferReason;
  /** Explanation for people. */
  readonly message: string;
}

/**
 * The seed's rule: the highest forecast plus a fifth. Two faults of the seed are fixed: the limits apply, and the
 * buffer is added before rounding up (ceil(1.1) x 1.2 = 2.4 is not a number of replicas).
 * @param currentReplicas current replicas, or those that the current load needs
 */
export function bufferRule(
  { horizons }: Forecast,
  currentReplicas: number,
  limits: CapacityLimits,
): BufferDecision {
  const peak = Math.max(0, ...horizons.map(({ point }) => point));
  const replicas = clampReplicas((BUFFER * peak) / limits.loadPerReplica, limits);
  const { action, reason } = compare(currentReplicas, replicas);
  const message = `${replicas} replicas for a forecast of ${peak.toFixed(1)} and 20 %, current ${currentReplicas}`;
  return { replicas, action, reason, message };
}

function compare(current: number, required: number): Pick<BufferDecision, 'action' | 'reason'> {
  if (required > current * UP_ABOVE) return { action: 'SCALE_UP', reason: 'above-up-threshold' };
  if (required < current * DOWN_BELOW) return { action: 'SCALE_DOWN', reason: 'below-down-threshold' };
  return { action: 'MAINTAIN', reason: 'within-thresholds' };
}
