import { type JsonObject, objectIn, objectsIn, textIn } from '../json';

/** Fields of a message or delta whose text is not output of the model. */
const NO_OUTPUT: ReadonlySet<string> = new Set(['role', 'id', 'name', 'obfuscation']);

/**
 * Characters of output in a chat's message, or in a delta of one: text, refusal, reasoning under any of the names that
 * servers give it, and arguments of tools.
 */
export function chatOutputLength(message: JsonObject): number {
  let length = textIn(objectIn(message, 'audio') ?? {}, 'transcript')?.length ?? 0;
  for (const name in message) {
    const value = message[name];
    if (typeof value === 'string' && !NO_OUTPUT.has(name)) length += value.length;
  }
  const calls = objectsIn(message, 'tool_calls');
  for (const call of calls) length += callLength(call);
  const legacyCall = objectIn(message, 'function_call');
  if (legacyCall !== undefined) length += callLength({ function: legacyCall });
  // Content in parts, as some compatible servers send it.
  for (const part of objectsIn(message, 'content')) length += textIn(part, 'text')?.length ?? 0;
  return length;
}

function callLength(call: JsonObject): number {
  const called = objectIn(call, 'function') ?? {};
  const texts = [called['name'], called['arguments'], textIn(objectIn(call, 'custom') ?? {}, 'input')];
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? text.length : 0), 0);
}

/** Reasons after which a chat's choice is whole. */
const WHOLE: ReadonlySet<unknown> = new Set(['stop', 'length', 'tool_calls', 'function_call']);

/** Whether all choices ended by themselves or by the call's own limit: not by a filter, and not at all. */
export function isWholeChat(choices: readonly JsonObject[]): boolean {
  return choices.length > 0 && choices.every((choice) => WHOLE.has(choice['finish_reason']));
}
