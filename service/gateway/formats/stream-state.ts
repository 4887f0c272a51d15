import type { AnswerFacts, StreamEnd, StreamError, StreamFacts } from './call-format';
import { isJsonObject, type JsonObject, objectIn, textIn } from './json';

/** What meters of all formats keep of a stream. */
export interface StreamState {
  usage: JsonObject | null;
  model: string | null;
  serviceTier: string | null;
  finishReason: string | null;
  outputCharacters: number;
  isComplete: boolean;
  error: StreamError | null;
}

/** The state before the first event. */
export function newStreamState(): StreamState {
  return {
    usage: null,
    model: null,
    serviceTier: null,
    finishReason: null,
    outputCharacters: 0,
    isComplete: false,
    error: null,
  };
}

/** What a state says. */
export function factsOf(
  { isComplete, error, ...facts }: StreamState,
  isCacheable: boolean,
  partialUsage: JsonObject | null = null,
): StreamFacts {
  return { ...facts, error, end: endOf(isComplete, error), isCacheable, partialUsage };
}

function endOf(isComplete: boolean, error: StreamError | null): StreamEnd {
  if (error !== null) return 'error';
  return isComplete ? 'complete' : 'cut';
}

/** An error object of a provider, or the text that some servers send in its place. */
export function streamErrorOf(error: unknown): StreamError {
  if (!isJsonObject(error)) return { code: 'error', message: typeof error === 'string' ? error : '' };
  const code = textIn(error, 'code') ?? textIn(error, 'type');
  return { code: code || 'error', message: textIn(error, 'message') ?? '' };
}

/** Fields that an answer has at its top in all formats. */
export function answerFacts(
  answer: JsonObject,
  rest: Pick<AnswerFacts, 'finishReason' | 'outputCharacters' | 'isCacheable'>,
): AnswerFacts {
  return {
    usage: objectIn(answer, 'usage') ?? null,
    model: textIn(answer, 'model') ?? null,
    serviceTier: textIn(answer, 'service_tier') ?? null,
    ...rest,
  };
}
