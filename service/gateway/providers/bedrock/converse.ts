import { type JsonObject, objectIn, objectsIn, textIn } from '../../formats/json';
import type { ProviderCall } from '../provider';
import type { AnswerContext, BedrockApi } from './bedrock-api';
import { toolConfig, translateFields } from './converse-fields';
import { converseMessages } from './converse-messages';
import { ConverseTranslator } from './converse-stream';
import { chatUsage, finishReason } from './converse-usage';
import { unsupported } from './unsupported';

/**
 * Models of all vendors behind OpenAI's format, by Converse: a translation both ways.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html
 */
export const converse: BedrockApi = {
  operation: (stream) => (stream ? 'converse-stream' : 'converse'),
  modelOf: (model) => model,
  requestBody: (call) => Buffer.from(JSON.stringify(requestOf(call))),
  answer: chatOf,
  translator: (context) => new ConverseTranslator(context),
};

function requestOf({ body }: ProviderCall): JsonObject {
  const { system, messages } = converseMessages(body);
  const tools = toolConfig(body);
  if (tools === undefined && messages.some(hasToolBlock)) {
    throw unsupported(
      'tool_choice',
      'a chat that has called tools must keep them in tools, without the choice none',
    );
  }
  return {
    ...translateFields(body),
    messages,
    ...(system.length > 0 && { system }),
    ...(tools !== undefined && { toolConfig: tools }),
  };
}

function hasToolBlock(message: JsonObject): boolean {
  return objectsIn(message, 'content').some((block) => 'toolUse' in block || 'toolResult' in block);
}

function chatOf(answer: JsonObject, { model, requestId, created }: AnswerContext): JsonObject {
  const usage = chatUsage(answer);
  const tier = textIn(objectIn(answer, 'serviceTier') ?? {}, 'type');
  const message = objectIn(objectIn(answer, 'output') ?? {}, 'message') ?? {};
  const choice = {
    index: 0,
    message: messageOf(objectsIn(message, 'content')),
    logprobs: null,
    finish_reason: finishReason(answer['stopReason']),
  };
  return {
    id: `chatcmpl-${requestId}`,
    object: 'chat.completion',
    created,
    model,
    choices: [choice],
    ...(usage !== undefined && { usage }),
    ...(tier !== undefined && { service_tier: tier }),
  };
}

function messageOf(blocks: readonly JsonObject[]): JsonObject {
  const joined = (texts: readonly (string | undefined)[]) =>
    texts.filter((one) => one !== undefined).join('');
  const text = joined(blocks.map((block) => textIn(block, 'text')));
  const reasoning = joined(
    blocks.map((block) =>
      textIn(objectIn(objectIn(block, 'reasoningContent') ?? {}, 'reasoningText') ?? {}, 'text'),
    ),
  );
  const calls = blocks.flatMap((block) => {
    const call = objectIn(block, 'toolUse');
    if (call === undefined) return [];
    const called = { name: call['name'], arguments: JSON.stringify(call['input'] ?? {}) };
    return [{ id: call['toolUseId'], type: 'function', function: called }];
  });
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}
