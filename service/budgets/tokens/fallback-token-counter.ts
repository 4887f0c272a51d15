import { SharedQuestions } from '../../cache/shared-questions';
import type { TokenCount, TokenCounter, TokenWindow } from './token-counter';

export interface FallbackTokenCounterProps {
  /** Counter of all pods. It may fail or hang. */
  readonly shared: TokenCounter;
  /** Whether the shared counter would be asked at once, such as over an open connection. */
  readonly isConnected: () => boolean;
  /** Counter of this pod; it never fails. */
  readonly own: TokenCounter;
  readonly now: () => Date;
  /** Learns why the shared counter did not decide. */
  readonly onFailure: (error: Error) => void;
}

/**
 * Counts with all pods as long as the shared counter answers in time, else with this pod's own. The pod counts what the
 * shared counter grants, so its own limit knows the tokens from before an outage.
 */
export class FallbackTokenCounter implements TokenCounter {
  private readonly questions: SharedQuestions;

  constructor(private readonly props: FallbackTokenCounterProps) {
    this.questions = new SharedQuestions({ ...props, name: 'the shared counter of tokens' });
  }

  async take(window: TokenWindow, tokens: number, limit: number): Promise<TokenCount> {
    const { own, shared } = this.props;
    const count = await this.questions.ask(() => shared.take(window, tokens, limit));
    if (count === undefined) return own.take(window, tokens, limit);
    if (count.granted) await own.add(window, tokens);
    return count;
  }

  /** Never fails: a correction that is lost costs a moment of a limit. */
  async add(window: TokenWindow, tokens: number): Promise<void> {
    const { own, shared } = this.props;
    await own.add(window, tokens);
    await this.questions.ask(() => shared.add(window, tokens));
  }
}
