import { encodeEvent } from '../../streams/sse-encoder';
import { isJsonObject, type JsonObject, objectIn, objectsIn } from '../json';

/** Fields of a message that its last event but one has. */
const AT_END = ['stop_reason', 'stop_sequence', 'stop_details', 'container'];

/**
 * A whole message as the events of a stream.
 *
 * Source: platform.claude.com/docs/en/build-with-claude/streaming
 */
export function* replayMessage(message: JsonObject): Iterable<Uint8Array> {
  const usage = objectIn(message, 'usage');
  const delta = Object.fromEntries(
    AT_END.filter((name) => name in message).map((name) => [name, message[name]]),
  );
  const begun = Object.fromEntries(Object.keys(delta).map((name) => [name, null]));
  const counted = usage === undefined ? {} : { usage: { ...usage, output_tokens: 1 } };
  yield event('message_start', { message: { ...message, ...begun, content: [], ...counted } });
  for (const [index, block] of objectsIn(message, 'content').entries()) yield* replayBlock(index, block);
  yield event('message_delta', { delta, ...(usage !== undefined && { usage }) });
  yield event('message_stop', {});
}

function* replayBlock(index: number, block: JsonObject): Iterable<Uint8Array> {
  const deltas = deltasOf(block);
  yield event('content_block_start', { index, content_block: begunBlock(block, deltas) });
  for (const delta of deltas) yield event('content_block_delta', { index, delta });
  yield event('content_block_stop', { index });
}

/** A block as it is at its beginning: what comes in deltas is empty. Blocks of other types come whole. */
function begunBlock(block: JsonObject, deltas: readonly JsonObject[]): JsonObject {
  if (deltas.length === 0) return block;
  if ('input' in block) return { ...block, input: {} };
  if (block['type'] === 'thinking') return { ...block, thinking: '', signature: '' };
  const { citations, ...text } = block;
  return { ...text, text: '', ...(citations === null && { citations }) };
}

function deltasOf(block: JsonObject): JsonObject[] {
  const { type, text, thinking, signature, input, citations } = block;
  if (type === 'text') {
    const cited = Array.isArray(citations) ? citations : [];
    return [
      ...cited.map((citation: unknown) => ({ type: 'citations_delta', citation })),
      { type: 'text_delta', text },
    ];
  }
  if (type === 'thinking') {
    const signed = signature === undefined ? [] : [{ type: 'signature_delta', signature }];
    return [{ type: 'thinking_delta', thinking }, ...signed];
  }
  const isCall = type === 'tool_use' || type === 'server_tool_use';
  if (!isCall || !isJsonObject(input) || Object.keys(input).length === 0) return [];
  return [{ type: 'input_json_delta', partial_json: JSON.stringify(input) }];
}

function event(type: string, fields: JsonObject): Uint8Array {
  return encodeEvent(type, JSON.stringify({ type, ...fields }));
}
