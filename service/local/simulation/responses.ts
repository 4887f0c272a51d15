import type { Body, OutputPlan } from './output-plan';
import { chosenOf, jsonEvent, listIn, numberIn, objectOf, openaiError, type WireFormat } from './wire-format';

/**
 * OpenAI's Responses.
 *
 * Source: platform.openai.com/docs/api-reference/responses and /responses-streaming
 */
export const responses: WireFormat = {
  wish: (body) => ({
    input: [body['instructions'], body['input']],
    maxTokens: numberIn(body, 'max_output_tokens'),
    tool: toolOf(body),
    schema: schemaOf(body),
  }),
  refusal: () => undefined,
  outputTokens: (plan) => plan.outputTokens,
  whole: (plan, body) => responseOf(plan, body, 'done'),
  events: function* (plan, body) {
    let number = 0;
    for (const [type, fields, tokens] of steps(plan, body)) {
      const event = jsonEvent(type, { type, sequence_number: number, ...fields }, tokens);
      yield { ...event, isEnd: type === 'response.completed' || type === 'response.incomplete' };
      number += 1;
    }
  },
  errorEvent: jsonEvent('error', {
    type: 'error',
    code: 'server_error',
    message: 'The server had an error while processing your request',
    param: null,
    sequence_number: 0,
  }),
  unknownEvent: jsonEvent('response.news', { type: 'response.news', sequence_number: 0 }),
  error: openaiError,
};

type Step = readonly [type: string, fields: Body, tokens: number];

function* steps(plan: OutputPlan, body: Body): Iterable<Step> {
  yield ['response.created', { response: responseOf(plan, body, 'in_progress') }, 0];
  yield ['response.in_progress', { response: responseOf(plan, body, 'in_progress') }, 0];
  let index = 0;
  if (plan.reasoningTokens > 0) {
    const item = reasoningItem(plan);
    yield ['response.output_item.added', { output_index: index, item }, plan.reasoningTokens];
    yield ['response.output_item.done', { output_index: index, item }, 0];
    index += 1;
  }
  yield* plan.tool === null ? textSteps(plan, index) : toolSteps(plan, index);
  const type = plan.isCut ? 'response.incomplete' : 'response.completed';
  yield [type, { response: responseOf(plan, body, 'done') }, 0];
}

function* textSteps(plan: OutputPlan, index: number): Iterable<Step> {
  const place = { item_id: `msg_${plan.id}`, output_index: index, content_index: 0 };
  const text = plan.pieces.join('');
  yield [
    'response.output_item.added',
    { output_index: index, item: messageItem(plan, 'in_progress', []) },
    0,
  ];
  yield ['response.content_part.added', { ...place, part: textPart('') }, 0];
  for (const delta of plan.pieces) yield ['response.output_text.delta', { ...place, delta, logprobs: [] }, 1];
  yield ['response.output_text.done', { ...place, text, logprobs: [] }, 0];
  yield ['response.content_part.done', { ...place, part: textPart(text) }, 0];
  yield ['response.output_item.done', { output_index: index, item: outputItem(plan) }, 0];
}

function* toolSteps(plan: OutputPlan, index: number): Iterable<Step> {
  const place = { item_id: `fc_${plan.id}`, output_index: index };
  const call = { ...objectOf(outputItem(plan)), status: 'in_progress', arguments: '' };
  yield ['response.output_item.added', { output_index: index, item: call }, 0];
  for (const delta of plan.pieces) yield ['response.function_call_arguments.delta', { ...place, delta }, 1];
  const done = { ...place, name: plan.tool, arguments: plan.pieces.join('') };
  yield ['response.function_call_arguments.done', done, 0];
  yield ['response.output_item.done', { output_index: index, item: outputItem(plan) }, 0];
}

function responseOf(plan: OutputPlan, body: Body, state: 'in_progress' | 'done'): Body {
  const isDone = state === 'done';
  const output = plan.reasoningTokens > 0 ? [reasoningItem(plan), outputItem(plan)] : [outputItem(plan)];
  return {
    id: `resp_${plan.id}`,
    object: 'response',
    created_at: plan.created,
    status: isDone ? doneStatus(plan) : 'in_progress',
    background: false,
    error: null,
    incomplete_details: isDone && plan.isCut ? { reason: 'max_output_tokens' } : null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    model: plan.model,
    output: isDone ? output : [],
    parallel_tool_calls: true,
    previous_response_id: body['previous_response_id'] ?? null,
    service_tier: isDone ? 'default' : 'auto',
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: body['text'] ?? { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_p: body['top_p'] ?? 1,
    truncation: 'disabled',
    usage: isDone && plan.reportsUsage ? usageOf(plan) : null,
    metadata: body['metadata'] ?? {},
  };
}

function doneStatus(plan: OutputPlan): string {
  return plan.isCut ? 'incomplete' : 'completed';
}

function outputItem(plan: OutputPlan): Body {
  const text = plan.pieces.join('');
  if (plan.tool === null) return messageItem(plan, doneStatus(plan), [textPart(text)]);
  return {
    id: `fc_${plan.id}`,
    type: 'function_call',
    status: doneStatus(plan),
    arguments: text,
    call_id: `call_${plan.id}`,
    name: plan.tool,
  };
}

function messageItem(plan: OutputPlan, status: string, content: unknown[]): Body {
  return { id: `msg_${plan.id}`, type: 'message', status, content, role: 'assistant' };
}

function reasoningItem(plan: OutputPlan): Body {
  return { id: `rs_${plan.id}`, type: 'reasoning', summary: [] };
}

function textPart(text: string): Body {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

function usageOf(plan: OutputPlan): Body {
  return {
    input_tokens: plan.inputTokens,
    input_tokens_details: { cached_tokens: plan.cachedTokens },
    output_tokens: plan.outputTokens,
    output_tokens_details: { reasoning_tokens: plan.reasoningTokens },
    total_tokens: plan.inputTokens + plan.outputTokens,
  };
}

function toolOf(body: Body) {
  const tools = listIn(body, 'tools').filter(({ type }) => type === 'function');
  const tool = chosenOf(tools, objectOf(body['tool_choice'])['name']);
  const input = body['input'];
  const answers = Array.isArray(input) && objectOf(input.at(-1))['type'] === 'function_call_output';
  if (tool === undefined || answers || body['tool_choice'] === 'none') return undefined;
  return { name: String(tool['name']), schema: tool['parameters'] ?? {} };
}

function schemaOf(body: Body): unknown {
  const format = objectOf(objectOf(body['text'])['format']);
  if (format['type'] === 'json_object') return { properties: { answer: { type: 'string' } } };
  return format['type'] === 'json_schema' ? format['schema'] : undefined;
}
