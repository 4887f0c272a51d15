export interface SharedQuestionsProps {
  /** What is asked, for the error of a late answer, such as `the shared counter of tokens`. */
  readonly name: string;
  /** Whether a question would be sent at once, such as over an open connection. */
  readonly isConnected: () => boolean;
  readonly now: () => Date;
  /** Learns why a question has no answer. */
  readonly onFailure: (error: Error) => void;
}

/** Longest wait for an answer, ms. A node answers within 1 ms; limits are not worth a slow answer. */
const PATIENCE_MS = 100;

/** Time without questions after a failure, ms: a hanging server must not slow down every request. */
const PAUSE_MS = 1000;

/** Asks what all pods share, as long as it answers in time; after a failure nothing is asked for a second. */
export class SharedQuestions {
  private pausedUntil = 0;

  constructor(private readonly props: SharedQuestionsProps) {}

  /** The answer; undefined where there is none in time. Never fails. */
  async ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    const { isConnected, now, onFailure } = this.props;
    if (!isConnected() || now().getTime() < this.pausedUntil) return undefined;
    try {
      return await this.withinTime(question());
    } catch (error) {
      this.pausedUntil = now().getTime() + PAUSE_MS;
      onFailure(error as Error);
      return undefined;
    }
  }

  private async withinTime<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const end = () => reject(new Error(`${this.props.name} did not answer within ${PATIENCE_MS} ms`));
      timer = setTimeout(end, PATIENCE_MS);
    });
    try {
      return await Promise.race([answer, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}
