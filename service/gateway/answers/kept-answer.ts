import type { AnswerFacts } from '../formats/call-format';
import type { JsonObject } from '../formats/json';
import type { Target } from '../upstream/model-routes';

/** A whole answer of a provider that other calls may get, too. */
export interface KeptAnswer {
  readonly kind: 'answer';
  /** The answer's JSON text. */
  readonly text: string;
  /** The model that answered. */
  readonly target: Target;
  readonly usage: JsonObject | null;
  readonly serviceTier: string | null;
  readonly outputCharacters: number;
}

/** An error of a provider, for those who waited for the same call. It is not kept. */
export interface SharedError {
  readonly kind: 'error';
  readonly status: number;
  readonly contentType: string;
  /** Null where the provider said nothing. */
  readonly retryAfter: string | null;
  readonly text: string;
  readonly target: Target;
}

/** What those who wait for a call get. */
export type SharedResult = KeptAnswer | SharedError;

/** A whole answer with what the ledger needs of it. */
export function keptAnswer(text: string, target: Target, facts: AnswerFacts): KeptAnswer {
  const { usage, serviceTier, outputCharacters } = facts;
  return { kind: 'answer', text, target, usage, serviceTier, outputCharacters };
}
