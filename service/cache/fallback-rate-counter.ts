import type { RateCount, RateCounter } from './rate-counter';
import { SharedQuestions } from './shared-questions';

export interface FallbackRateCounterProps {
  /** Counter of all pods. It may fail or hang. */
  readonly shared: RateCounter;
  /** Whether the shared counter would be asked at once, such as over an open connection. */
  readonly isConnected: () => boolean;
  /** Counter of this pod; it never fails. */
  readonly own: RateCounter;
  readonly now: () => Date;
  /** Learns which counter decided a request. */
  readonly onDecision: (counter: 'shared' | 'pod') => void;
  /** Learns why the shared counter did not decide. */
  readonly onFailure: (error: Error) => void;
}

/**
 * Counts with all pods as long as the shared counter answers in time, else with this pod's own. The pod counts every
 * request, so its own limit knows the requests from before an outage.
 */
export class FallbackRateCounter implements RateCounter {
  private readonly questions: SharedQuestions;

  constructor(private readonly props: FallbackRateCounterProps) {
    this.questions = new SharedQuestions({ ...props, name: 'the shared counter of rate limits' });
  }

  async count(key: string, windowMs: number, requests = 1): Promise<RateCount> {
    const { own, onDecision, shared: counter } = this.props;
    const ownCount = await own.count(key, windowMs, requests);
    const shared = await this.questions.ask(() => counter.count(key, windowMs, requests));
    onDecision(shared === undefined ? 'pod' : 'shared');
    return shared ?? ownCount;
  }
}
