import { encodeEvent } from '../../streams/sse-encoder';
import { type JsonObject, objectsIn, textIn } from '../json';

/** An event without its number. */
type Step = readonly [type: string, fields: JsonObject];

/**
 * A whole response as the events of a stream.
 *
 * Source: platform.openai.com/docs/api-reference/responses-streaming
 */
export function* replayResponse(response: JsonObject): Iterable<Uint8Array> {
  let number = 0;
  for (const [type, fields] of steps(response)) {
    yield encodeEvent(type, JSON.stringify({ type, sequence_number: number, ...fields }));
    number += 1;
  }
}

function* steps(response: JsonObject): Iterable<Step> {
  const begun = {
    ...response,
    ...{ status: 'in_progress', output: [], usage: null, error: null, incomplete_details: null },
  };
  yield ['response.created', { response: begun }];
  yield ['response.in_progress', { response: begun }];
  for (const [output_index, item] of objectsIn(response, 'output').entries()) {
    yield ['response.output_item.added', { output_index, item: begunItem(item) }];
    yield* itemSteps(item, { item_id: textIn(item, 'id') ?? '', output_index });
    yield ['response.output_item.done', { output_index, item }];
  }
  yield [`response.${response['status'] === 'incomplete' ? 'incomplete' : 'completed'}`, { response }];
}

/** An item as it is at its beginning: what comes in pieces is empty. */
function begunItem(item: JsonObject): JsonObject {
  const empty: Record<string, unknown> = {};
  if ('status' in item) empty['status'] = 'in_progress';
  if (item['type'] === 'message') empty['content'] = [];
  if (item['type'] === 'reasoning') empty['summary'] = [];
  if (item['type'] === 'reasoning' && 'content' in item) empty['content'] = [];
  if (item['type'] === 'function_call') empty['arguments'] = '';
  if (item['type'] === 'custom_tool_call') empty['input'] = '';
  return { ...item, ...empty };
}

/** What comes between an item's beginning and its end. Items of other types have nothing there. */
function* itemSteps(item: JsonObject, place: JsonObject): Iterable<Step> {
  const { type, name, arguments: args, input } = item;
  if (type === 'message') {
    for (const [content_index, part] of objectsIn(item, 'content').entries()) {
      yield* partSteps(part, { ...place, content_index });
    }
  } else if (type === 'reasoning') {
    yield* reasoningSteps(item, place);
  } else if (type === 'function_call') {
    yield ['response.function_call_arguments.delta', { ...place, delta: args }];
    yield ['response.function_call_arguments.done', { ...place, name, arguments: args }];
  } else if (type === 'custom_tool_call') {
    yield ['response.custom_tool_call_input.delta', { ...place, delta: input }];
    yield ['response.custom_tool_call_input.done', { ...place, input }];
  }
}

function* partSteps(part: JsonObject, place: JsonObject): Iterable<Step> {
  const { type, text, refusal, logprobs = [], annotations } = part;
  if (type === 'output_text') {
    const noted = 'logprobs' in part ? { logprobs: [] } : {};
    yield [
      'response.content_part.added',
      { ...place, part: { ...part, text: '', annotations: [], ...noted } },
    ];
    yield ['response.output_text.delta', { ...place, delta: text, logprobs }];
    for (const [annotation_index, annotation] of (Array.isArray(annotations) ? annotations : []).entries()) {
      yield ['response.output_text.annotation.added', { ...place, annotation_index, annotation }];
    }
    yield ['response.output_text.done', { ...place, text, logprobs }];
  } else if (type === 'refusal') {
    yield ['response.content_part.added', { ...place, part: { ...part, refusal: '' } }];
    yield ['response.refusal.delta', { ...place, delta: refusal }];
    yield ['response.refusal.done', { ...place, refusal }];
  } else {
    yield ['response.content_part.added', { ...place, part }];
  }
  yield ['response.content_part.done', { ...place, part }];
}

function* reasoningSteps(item: JsonObject, place: JsonObject): Iterable<Step> {
  for (const [summary_index, part] of objectsIn(item, 'summary').entries()) {
    const { text } = part;
    const spot = { ...place, summary_index };
    yield ['response.reasoning_summary_part.added', { ...spot, part: { ...part, text: '' } }];
    yield ['response.reasoning_summary_text.delta', { ...spot, delta: text }];
    yield ['response.reasoning_summary_text.done', { ...spot, text }];
    yield ['response.reasoning_summary_part.done', { ...spot, part }];
  }
  for (const [content_index, { text }] of objectsIn(item, 'content').entries()) {
    const spot = { ...place, content_index };
    yield ['response.reasoning_text.delta', { ...spot, delta: text }];
    yield ['response.reasoning_text.done', { ...spot, text }];
  }
}
