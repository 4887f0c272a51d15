import type { AnswerFacts } from '../call-format';
import { isJsonObject, type JsonObject, objectIn, objectsIn, textIn } from '../json';
import { answerFacts } from '../stream-state';

/**
 * Reasons after which a message is whole: not a pause or a refusal.
 *
 * Source: platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
 */
const WHOLE: ReadonlySet<string | null> = new Set(['end_turn', 'max_tokens', 'stop_sequence', 'tool_use']);

/** What a whole message says. */
export function readMessage(message: JsonObject): AnswerFacts {
  const finishReason = textIn(message, 'stop_reason') ?? null;
  const facts = answerFacts(message, {
    finishReason,
    outputCharacters: objectsIn(message, 'content').reduce((sum, block) => sum + blockLength(block), 0),
    isCacheable: message['type'] === 'message' && WHOLE.has(finishReason),
  });
  return { ...facts, serviceTier: tierOf(facts.usage) };
}

/** The tier that served a message stands in its usage. */
export function tierOf(usage: JsonObject | null): string | null {
  return (usage && textIn(usage, 'service_tier')) ?? null;
}

/**
 * The usage of a stream so far: `message_delta` has the totals, and leaves out or sets to null what `message_start`
 * has said.
 */
export function mergedUsage(before: JsonObject | null, next: JsonObject): JsonObject {
  const given = Object.entries(next).filter(([, value]) => value !== null && value !== undefined);
  return { ...before, ...Object.fromEntries(given) };
}

/** Characters of output in a content block. */
export function blockLength(block: JsonObject): number {
  const { input } = block;
  const texts = ['text', 'thinking'].map((field) => textIn(block, field)?.length ?? 0);
  const call = objectIn(block, 'input') && isJsonObject(input) && Object.keys(input).length > 0;
  return texts.reduce((sum, length) => sum + length, call ? JSON.stringify(input).length : 0);
}
