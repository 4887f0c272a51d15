import { encodeEvent } from '../../streams/sse-encoder';
import { type JsonObject, objectIn, objectsIn } from '../json';

/** A whole chat as the chunks of a stream: its role and text, its calls of tools, its end; then usage where asked. */
export function* replayChat(answer: JsonObject, usageAsked: boolean): Iterable<Uint8Array> {
  const { choices: _, usage, ...fields } = answer;
  const chunk = (choices: readonly unknown[], counted: unknown) =>
    encodeEvent(
      '',
      JSON.stringify({
        ...fields,
        object: 'chat.completion.chunk',
        choices,
        ...(usageAsked && usage !== undefined && { usage: counted }),
      }),
    );
  for (const { message, finish_reason, logprobs = null, ...choice } of objectsIn(answer, 'choices')) {
    const { tool_calls: calls, ...delta } = (message ?? {}) as JsonObject;
    yield chunk([{ ...choice, delta, logprobs, finish_reason: null }], null);
    if (Array.isArray(calls)) {
      const numbered = calls.map((call: JsonObject, index) => ({ index, ...call }));
      yield chunk(
        [{ ...choice, delta: { tool_calls: numbered }, logprobs: null, finish_reason: null }],
        null,
      );
    }
    yield chunk([{ ...choice, delta: {}, logprobs: null, finish_reason }], null);
  }
  if (usageAsked && objectIn(answer, 'usage') !== undefined) yield chunk([], usage);
  yield encodeEvent('', '[DONE]');
}
