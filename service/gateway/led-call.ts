import type { SharedResult } from './answers/kept-answer';
import type { GatewayAnswer } from './call';

/** A call that a provider answers. */
export interface LedCall {
  readonly answer: GatewayAnswer;
  /** What others who wait for the same call get; null where it cannot be shared. Never rejects. */
  readonly result: Promise<SharedResult | null>;
}
