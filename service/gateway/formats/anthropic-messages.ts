import { canonicalJson } from './body/canonical-json';
import { editObject, modelEdit } from './body/edit-object';
import { readCacheability, readModel, readStream, readText, readTokenLimit } from './body/read-fields';
import type { CallFacts, CallFormat } from './call-format';
import { anthropicFailure, anthropicFailureEvent, anthropicPing } from './failures/anthropic-failure';
import { type JsonObject, objectIn } from './json';
import { messagesPrompt, readMessagesInput } from './messages/messages-input';
import { MessagesMeter } from './messages/messages-meter';
import { readMessage } from './messages/messages-output';
import { replayMessage } from './messages/messages-replay';

const OMITTED: ReadonlySet<string> = new Set(['model', 'stream', 'metadata']);

/**
 * Anthropic's Messages. A stream always has the usage.
 *
 * Source: platform.claude.com/docs/en/api/messages
 */
export const anthropicMessages: CallFormat = {
  name: 'anthropic-messages',
  path: '/messages',
  readCall,
  promptText: messagesPrompt,
  asksForUsage: () => true,
  upstreamBody: (bytes, body, { model }) => editObject(bytes, body, modelEdit(body, model)),
  cacheBody: (body) => canonicalJson(body, OMITTED),
  readAnswer: readMessage,
  meter: (options) => new MessagesMeter(options),
  replay: replayMessage,
  failure: anthropicFailure,
  failureEvent: anthropicFailureEvent,
  ping: anthropicPing,
};

function readCall(body: JsonObject): CallFacts {
  const { images, imageBytes, hasOutside } = readMessagesInput(body);
  return {
    model: readModel(body),
    stream: readStream(body),
    user: readText(objectIn(body, 'metadata') ?? {}, 'user_id'),
    serviceTier: readText(body, 'service_tier'),
    maxOutputTokens: readTokenLimit(body, 'max_tokens'),
    choices: 1,
    images,
    imageBytes,
    hasOutsideInput: hasOutside,
    cacheability: readCacheability(body, hasOutside),
  };
}
