import type { AnswerCaching } from './answer-caching';
import type { Principal } from './principal';

/** Limits of the tokens in a minute. Each counts for itself: a project's other keys use its limit too. */
export interface TokensPerMinute {
  /** Of the key; null: no limit. */
  readonly key: number | null;
  /** Of all keys of the project together; null: no limit. */
  readonly project: number | null;
}

/** Who sends a request, and what and how often it may. */
export interface Authenticated {
  readonly principal: Principal;
  /** Name that people gave the key. */
  readonly keyName: string;
  /** Requests that the key may send in a minute; null: the server's limit. */
  readonly requestsPerMinute: number | null;
  /** Tokens that may be used in a minute. */
  readonly tokensPerMinute: TokensPerMinute;
  /** Models that both the key and its project may call; null: all. */
  readonly allowedModels: readonly string[] | null;
  /** Which answers of models the project keeps in the cache. */
  readonly answerCaching: AnswerCaching;
}
