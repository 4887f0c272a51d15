import type { Forecast } from '../types';
import { type CapacityLimits, clampReplicas } from './capacity';

/** The seed's buffer above the forecast. */
const BUFFER = 1.2;

/** The seed's thresholds: share of the current replicas above or below which it acts. */
const UP_ABOVE = 1.2;
const DOWN_BELOW = 0.7;

export type ScalingAction = 'SCALE_UP' | 'SCALE_DOWN' | 'MAINTAIN';

export type BufferReason = 'above-up-threshold' | 'below-down-threshold' | 'within-thresholds';

export interface BufferDecision {
  readonly replicas: number;
  readonly action: ScalingAction;
  readonly reason: BufferReason;
  readonly message: string;
}

/**
 * The seed's rule: the highest forecast and a fifth more. Its two faults are mended: the limits hold, and the buffer is
 * added before rounding up (ceil(1.1) x 1.2 = 2.4 were no replicas at all).
 * @param currentReplicas replicas that the current load needs, or that there are
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
