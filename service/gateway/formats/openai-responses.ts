import { canonicalJson } from './body/canonical-json';
import { editObject, modelEdit } from './body/edit-object';
import { readCacheability, readModel, readStream, readText, readTokenLimit } from './body/read-fields';
import { type CallFacts, type CallFormat, InvalidCallError } from './call-format';
import { openaiFailure, openaiPing, responsesFailureEvent } from './failures/openai-failure';
import type { JsonObject } from './json';
import { readResponsesInput, responsesPrompt } from './responses/responses-input';
import { ResponsesMeter } from './responses/responses-meter';
import { readResponse } from './responses/responses-output';
import { replayResponse } from './responses/responses-replay';

/**
 * Fields that an answer neither depends on nor repeats. A response repeats its user, metadata and `store`, so these
 * stay in the key: a caller sees no other's.
 */
const OMITTED: ReadonlySet<string> = new Set([
  ...['model', 'stream', 'stream_options'],
  ...['prompt_cache_retention', 'prompt_cache_options'],
]);

/**
 * OpenAI's Responses. A stream always ends with the usage.
 *
 * Source: platform.openai.com/docs/api-reference/responses/create
 */
export const openaiResponses: CallFormat = {
  name: 'openai-responses',
  path: '/responses',
  readCall,
  promptText: responsesPrompt,
  asksForUsage: () => true,
  upstreamBody: (bytes, body, { model }) => editObject(bytes, body, modelEdit(body, model)),
  cacheBody: (body) => canonicalJson(body, OMITTED),
  readAnswer: readResponse,
  meter: (options) => new ResponsesMeter(options),
  replay: replayResponse,
  failure: openaiFailure,
  failureEvent: responsesFailureEvent,
  ping: openaiPing,
};

/** @throws {InvalidCallError} also for work in the background: its usage would never pass through the gateway */
function readCall(body: JsonObject): CallFacts {
  if (body['background'] === true) {
    const message =
      "'background' must be false: the gateway records what a call cost when it is answered, and this answer has no usage. Use a stream.";
    throw new InvalidCallError(message, 'background');
  }
  const { images, imageBytes, hasOutside } = readResponsesInput(body);
  return {
    model: readModel(body),
    stream: readStream(body),
    user: readText(body, 'safety_identifier', 'user'),
    serviceTier: readText(body, 'service_tier'),
    maxOutputTokens: readTokenLimit(body, 'max_output_tokens'),
    choices: 1,
    images,
    imageBytes,
    hasOutsideInput: hasOutside,
    cacheability: readCacheability(body, hasOutside),
  };
}
