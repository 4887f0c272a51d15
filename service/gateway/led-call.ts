import type { SharedResult } from './answers/kept-answer';
import type { GatewayAnswer, PlannedCall } from './call';

/** A call that a provider answers. */
export interface LedCall {
  readonly answer: GatewayAnswer;
  /** What others who wait for the same call get; null where it cannot be shared. Never rejects. */
  readonly result: Promise<SharedResult | null>;
}

/** Sends a planned call to a provider. */
export type Lead = (call: PlannedCall) => Promise<LedCall>;
