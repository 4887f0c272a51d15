import type { Body, OutputPlan } from './output-plan';
import {
  anthropicError,
  chosenOf,
  jsonEvent,
  listIn,
  numberIn,
  objectOf,
  type WireEvent,
  type WireFormat,
} from './wire-format';

/**
 * Anthropic's Messages.
 *
 * Source: platform.claude.com/docs/en/api/messages and platform.claude.com/docs/en/build-with-claude/streaming
 */
export const messages: WireFormat = {
  wish: (body) => ({
    input: [body['system'], body['messages']],
    maxTokens: numberIn(body, 'max_tokens'),
    tool: toolOf(body),
    schema: schemaOf(body),
  }),
  refusal: (body) => {
    if (!Array.isArray(body['messages'])) return 'messages: Field required';
    return numberIn(body, 'max_tokens') === undefined ? 'max_tokens: Field required' : undefined;
  },
  outputTokens: (plan) => plan.outputTokens,
  whole: (plan, body) => ({
    ...startOf(plan),
    content: [...thinkingOf(body), contentOf(plan, plan.pieces.join(''))],
    stop_reason: stopReason(plan),
    ...(plan.reportsUsage && { usage: usageOf(plan, plan.outputTokens) }),
  }),
  events,
  errorEvent: jsonEvent('error', anthropicError(529, 'Overloaded')),
  unknownEvent: jsonEvent('news', { type: 'news', news: true }),
  error: anthropicError,
};

function* events(plan: OutputPlan, body: Body): Iterable<WireEvent> {
  const usage = plan.reportsUsage ? { usage: usageOf(plan, 1) } : {};
  yield jsonEvent('message_start', { type: 'message_start', message: { ...startOf(plan), ...usage } });
  const thinking = thinkingOf(body);
  for (const block of thinking) yield* thinkingEvents(block);
  const index = thinking.length;
  const block = { type: 'content_block_start', index, content_block: contentOf(plan, '') };
  yield jsonEvent('content_block_start', block, plan.reasoningTokens);
  yield jsonEvent('ping', { type: 'ping' });
  for (const piece of plan.pieces) {
    const delta =
      plan.tool === null
        ? { type: 'text_delta', text: piece }
        : { type: 'input_json_delta', partial_json: piece };
    yield jsonEvent('content_block_delta', { type: 'content_block_delta', index, delta }, 1);
  }
  yield jsonEvent('content_block_stop', { type: 'content_block_stop', index });
  yield jsonEvent('message_delta', {
    type: 'message_delta',
    delta: { stop_reason: stopReason(plan), stop_sequence: null },
    ...(plan.reportsUsage && { usage: { output_tokens: plan.outputTokens } }),
  });
  yield { ...jsonEvent('message_stop', { type: 'message_stop' }), isEnd: true };
}

/**
 * The block before the answer where the call switches thinking on. Its tokens are the behaviour's `reasoning`.
 *
 * Source: platform.claude.com/docs/en/build-with-claude/extended-thinking
 */
function thinkingOf(body: Body): readonly Thinking[] {
  const { type } = objectOf(body['thinking']);
  if (type !== 'enabled' && type !== 'adaptive') return [];
  return [{ type: 'thinking', thinking: 'The answer is simulated.', signature: 'c2ltdWxhdGVk' }];
}

interface Thinking {
  readonly type: 'thinking';
  readonly thinking: string;
  readonly signature: string;
}

function* thinkingEvents({ thinking, signature, ...block }: Thinking): Iterable<WireEvent> {
  const begun = { ...block, thinking: '', signature: '' };
  yield jsonEvent('content_block_start', { type: 'content_block_start', index: 0, content_block: begun });
  for (const delta of [
    { type: 'thinking_delta', thinking },
    { type: 'signature_delta', signature },
  ]) {
    yield jsonEvent('content_block_delta', { type: 'content_block_delta', index: 0, delta });
  }
  yield jsonEvent('content_block_stop', { type: 'content_block_stop', index: 0 });
}

function startOf(plan: OutputPlan): Body {
  return {
    id: `msg_${plan.id}`,
    type: 'message',
    role: 'assistant',
    model: plan.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
}

/** The content block; `text` is the output so far. */
function contentOf(plan: OutputPlan, text: string): Body {
  if (plan.tool === null) return { type: 'text', text };
  return { type: 'tool_use', id: `toolu_${plan.id}`, name: plan.tool, input: inputOf(text) };
}

/** The arguments of a tool; those that the limit cut are none. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function stopReason(plan: OutputPlan): string {
  if (plan.isCut) return 'max_tokens';
  return plan.tool === null ? 'end_turn' : 'tool_use';
}

function usageOf(plan: OutputPlan, output: number): Body {
  return {
    input_tokens: plan.inputTokens - plan.cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: plan.cachedTokens,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    service_tier: 'standard',
  };
}

function toolOf(body: Body) {
  const tools = listIn(body, 'tools').filter((one) => 'input_schema' in one);
  const tool = chosenOf(tools, objectOf(body['tool_choice'])['name']);
  const last = listIn(body, 'messages').at(-1);
  const answers = last !== undefined && listIn(last, 'content').some(({ type }) => type === 'tool_result');
  if (tool === undefined || answers || objectOf(body['tool_choice'])['type'] === 'none') return undefined;
  return { name: String(tool['name']), schema: tool['input_schema'] };
}

function schemaOf(body: Body): unknown {
  const format = objectOf(objectOf(body['output_config'])['format']);
  return format['type'] === 'json_schema' ? format['schema'] : undefined;
}
