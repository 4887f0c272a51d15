import { editObject } from '../../formats/body/edit-object';
import { type JsonObject, objectIn, parseObject, textIn } from '../../formats/json';
import { encodeEvent } from '../../streams/sse-encoder';
import type { ProviderCall } from '../provider';
import type { AnswerContext, BedrockApi } from './bedrock-api';

/** The only version of Anthropic's API on Bedrock. */
const ANTHROPIC_VERSION = 'bedrock-2023-05-31';

/**
 * Anthropic's models behind Anthropic's format, by InvokeModel: the body and the answer are Anthropic's own, so that
 * all its fields pass, also new ones.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
 */
export const invokeModel: BedrockApi = {
  operation: (stream) => (stream ? 'invoke-with-response-stream' : 'invoke'),
  modelOf: (model) => model,
  requestBody,
  answer: (answer, context) => ({ ...answer, ...missingUsage(answer, context) }),
  translator: () => ({
    translate: (type, event) => (type === 'chunk' ? translateChunk(event) : []),
    end: () => [],
  }),
};

/** The caller's body: the version added, what stands in the URL removed, the header for betas moved into it. */
function requestBody({ bytes, body, headers }: ProviderCall): Uint8Array {
  const betas = (headers['anthropic-beta'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return editObject(bytes, body, {
    anthropic_version: JSON.stringify(ANTHROPIC_VERSION),
    ...(betas.length > 0 && !('anthropic_beta' in body) && { anthropic_beta: JSON.stringify(betas) }),
    model: null,
    stream: null,
  });
}

/** Usage from the headers, where a model leaves it out of its answer. */
function missingUsage(answer: JsonObject, { headers }: AnswerContext): JsonObject {
  const counts = [headers['x-amzn-bedrock-input-token-count'], headers['x-amzn-bedrock-output-token-count']];
  const [input, output] = counts.map((count) => (count === undefined ? undefined : Number(count)));
  if (objectIn(answer, 'usage') !== undefined || input === undefined || output === undefined) return {};
  return { usage: { input_tokens: input, output_tokens: output } };
}

/** An event of Anthropic's stream, which a chunk holds in base64. */
function translateChunk(chunk: JsonObject): Uint8Array[] {
  const text = Buffer.from(textIn(chunk, 'bytes') ?? '', 'base64').toString('utf8');
  const type = textIn(parseObject(text) ?? {}, 'type');
  return type === undefined ? [] : [encodeEvent(type, text)];
}
