import type { Body, OutputPlan } from './output-plan';
import {
  chosenOf,
  jsonEvent,
  listIn,
  numberIn,
  objectOf,
  openaiError,
  type WireEvent,
  type WireFormat,
} from './wire-format';

/**
 * OpenAI's Chat Completions.
 *
 * Source: platform.openai.com/docs/api-reference/chat and /chat-streaming
 */
export const chatCompletions: WireFormat = {
  wish: (body) => ({
    input: body['messages'],
    maxTokens: numberIn(body, 'max_completion_tokens') ?? numberIn(body, 'max_tokens'),
    tool: toolOf(body),
    schema: schemaOf(body),
  }),
  refusal: (body) => (Array.isArray(body['messages']) ? undefined : "you must provide 'messages'"),
  outputTokens: (plan, body) => plan.outputTokens * choicesOf(body),
  whole: (plan, body) => ({
    id: `chatcmpl-${plan.id}`,
    object: 'chat.completion',
    created: plan.created,
    model: plan.model,
    choices: Array.from({ length: choicesOf(body) }, (_, index) => ({
      index,
      message: messageOf(plan),
      logprobs: null,
      finish_reason: finishReason(plan),
    })),
    ...(plan.reportsUsage && { usage: usageOf(plan, choicesOf(body)) }),
    service_tier: 'default',
    system_fingerprint: 'fp_simulated',
  }),
  events: chunks,
  errorEvent: jsonEvent('', openaiError(500, 'The server had an error while processing your request')),
  unknownEvent: jsonEvent('', { object: 'chat.completion.news', choices: [], news: true }),
  error: openaiError,
};

function* chunks(plan: OutputPlan, body: Body): Iterable<WireEvent> {
  const asksForUsage = objectOf(body['stream_options'])['include_usage'] === true;
  const chunk = (choices: unknown[], usage: unknown, tokens = 0) =>
    jsonEvent(
      '',
      {
        id: `chatcmpl-${plan.id}`,
        object: 'chat.completion.chunk',
        created: plan.created,
        model: plan.model,
        service_tier: 'default',
        system_fingerprint: 'fp_simulated',
        choices,
        ...(asksForUsage && plan.reportsUsage && { usage }),
      },
      tokens,
    );
  for (let index = 0; index < choicesOf(body); index += 1) {
    const part = (delta: unknown, finish: string | null, tokens: number) =>
      chunk([{ index, delta, logprobs: null, finish_reason: finish }], null, tokens);
    yield part(firstDelta(plan), null, plan.reasoningTokens);
    for (const piece of plan.pieces) yield part(deltaOf(plan, piece), null, 1);
    yield part({}, finishReason(plan), 0);
  }
  if (asksForUsage && plan.reportsUsage) yield chunk([], usageOf(plan, choicesOf(body)));
  yield { event: '', data: '[DONE]', tokens: 0, isEnd: true };
}

function firstDelta(plan: OutputPlan): unknown {
  if (plan.tool === null) return { role: 'assistant', content: '', refusal: null };
  const call = {
    index: 0,
    id: `call_${plan.id}`,
    type: 'function',
    function: { name: plan.tool, arguments: '' },
  };
  return { role: 'assistant', content: null, tool_calls: [call], refusal: null };
}

function deltaOf(plan: OutputPlan, piece: string): unknown {
  return plan.tool === null
    ? { content: piece }
    : { tool_calls: [{ index: 0, function: { arguments: piece } }] };
}

function messageOf(plan: OutputPlan): unknown {
  const text = plan.pieces.join('');
  if (plan.tool === null) return { role: 'assistant', content: text, refusal: null, annotations: [] };
  const call = { id: `call_${plan.id}`, type: 'function', function: { name: plan.tool, arguments: text } };
  return { role: 'assistant', content: null, tool_calls: [call], refusal: null, annotations: [] };
}

function finishReason(plan: OutputPlan): string {
  if (plan.isCut) return 'length';
  return plan.tool === null ? 'stop' : 'tool_calls';
}

/** The usage of all choices: each has output of its own, the input counts once. */
function usageOf(plan: OutputPlan, choices: number): unknown {
  const output = plan.outputTokens * choices;
  return {
    prompt_tokens: plan.inputTokens,
    completion_tokens: output,
    total_tokens: plan.inputTokens + output,
    prompt_tokens_details: { cached_tokens: plan.cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: plan.reasoningTokens * choices,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function choicesOf(body: Body): number {
  return Math.min(128, Math.max(1, numberIn(body, 'n') ?? 1));
}

function toolOf(body: Body) {
  const tools = listIn(body, 'tools').filter(({ type }) => type === 'function');
  const choice = objectOf(body['tool_choice']);
  const functions = tools.map((one) => objectOf(one['function']));
  const tool = chosenOf(functions, objectOf(choice['function'])['name']);
  const answers = listIn(body, 'messages').at(-1)?.['role'] === 'tool';
  if (tool === undefined || answers || body['tool_choice'] === 'none') return undefined;
  const { name, parameters = {} } = tool;
  return { name: String(name), schema: parameters };
}

function schemaOf(body: Body): unknown {
  const format = objectOf(body['response_format']);
  if (format['type'] === 'json_object') return { properties: { answer: { type: 'string' } } };
  return format['type'] === 'json_schema' ? objectOf(format['json_schema'])['schema'] : undefined;
}
