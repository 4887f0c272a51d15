import type { TokensPerMinute } from '../../access/authenticated';
import { MINUTE_MS, minuteOf, type TokenCounter, type TokenWindow } from './token-counter';

/** A call whose tokens are counted. */
export interface TokenQuestion {
  /** Id of the key, a UUID. */
  readonly keyId: string;
  /** Project of the key, a UUID. */
  readonly projectId: string;
  /** Limits of the key and of its project. */
  readonly tokensPerMinute: TokensPerMinute;
  /**
   * Tokens that the call will use, by an estimate such as a quarter of the input's characters and `max_tokens`. A limit
   * of money is for the worst case; this one is corrected a moment later.
   */
  readonly estimate: number;
}

/** Tokens that a call may use. */
export interface TokenGrant {
  /**
   * Counts what the call has used instead of the estimate: in the minute of its start, and what it used above the
   * estimate in the minute of its end where that is later. A second call changes nothing.
   * @param tokens input and output; 0 for a call that reached no provider
   */
  correct(tokens: number): void;
}

/** A call would pass a limit of tokens a minute. */
export class TokenLimitError extends Error {
  override readonly name = 'TokenLimitError';

  constructor(
    /** Whose limit it is. */
    readonly scope: 'key' | 'project',
    /** Tokens a minute. */
    readonly limit: number,
    /** Tokens of this minute so far. */
    readonly used: number,
    /** The call's estimate. */
    readonly estimate: number,
    /** When the minute ends, whole seconds from now, at least 1. */
    readonly retryAfterSeconds: number,
  ) {
    const sum = `The ${scope} may use ${limit} tokens a minute; ${used} are used, and this call may use ${estimate}.`;
    const remedy =
      estimate > limit
        ? 'Send a shorter input or a smaller max_tokens: no minute has room for this call.'
        : `Send it again in ${retryAfterSeconds} s, or with a smaller max_tokens.`;
    super(`${sum} ${remedy}`);
  }
}

export interface TokenLimiterProps {
  /** Counts the tokens; it never fails. */
  readonly counter: TokenCounter;
  readonly now: () => Date;
}

interface Limit {
  readonly scope: 'key' | 'project';
  readonly window: TokenWindow;
  readonly most: number;
}

/** Limits the tokens of a minute, by key and by project. Minutes are those of the clock, in UTC. */
export class TokenLimiter {
  constructor(private readonly props: TokenLimiterProps) {}

  /**
   * Counts the estimate of a call.
   * @returns null where neither key nor project has a limit: nothing was asked
   * @throws TokenLimitError where a limit has no room; nothing is counted then
   */
  async take(question: TokenQuestion): Promise<TokenGrant | null> {
    const { counter, now } = this.props;
    const at = now();
    const limits = limitsOf(question, minuteOf(at));
    if (limits.length === 0) return null;
    const estimate = Math.max(0, Math.ceil(question.estimate));
    const counts = await Promise.all(limits.map(({ window, most }) => counter.take(window, estimate, most)));
    const refused = counts.findIndex(({ granted }) => !granted);
    const limit = limits[refused];
    if (limit === undefined) return this.grant(limits, estimate);
    for (const [index, { window }] of limits.entries()) {
      if (counts[index]?.granted) void counter.add(window, -estimate);
    }
    const seconds = Math.max(1, Math.ceil((MINUTE_MS - (at.getTime() % MINUTE_MS)) / 1000));
    throw new TokenLimitError(limit.scope, limit.most, counts[refused]?.used ?? 0, estimate, seconds);
  }

  private grant(limits: readonly Limit[], estimate: number): TokenGrant {
    let isCorrected = false;
    return {
      correct: (tokens) => {
        if (isCorrected) return;
        isCorrected = true;
        const difference = tokens - estimate;
        if (difference === 0) return;
        const minute = minuteOf(this.props.now());
        for (const { window } of limits) {
          // What was not used is of no use to a later minute; what was used above the estimate is.
          const counted = difference > 0 ? { ...window, minute } : window;
          void this.props.counter.add(counted, difference);
        }
      },
    };
  }
}

/** The key's limit first: its error tells a caller more. */
function limitsOf({ keyId, projectId, tokensPerMinute }: TokenQuestion, minute: number): Limit[] {
  const { key, project } = tokensPerMinute;
  return [
    ...(key === null ? [] : [{ scope: 'key' as const, window: { name: `key:${keyId}`, minute }, most: key }]),
    ...(project === null
      ? []
      : [{ scope: 'project' as const, window: { name: `project:${projectId}`, minute }, most: project }]),
  ];
}
