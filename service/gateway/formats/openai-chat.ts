import { canonicalJson } from './body/canonical-json';
import { editObject, modelEdit } from './body/edit-object';
import {
  dataUrlBytes,
  readCacheability,
  readChoices,
  readModel,
  readStream,
  readText,
  readTokenLimit,
} from './body/read-fields';
import { TextCollector } from './body/text-collector';
import type { AnswerFacts, BodyChanges, CallFacts, CallFormat } from './call-format';
import { ChatMeter } from './chat/chat-meter';
import { chatOutputLength, isWholeChat } from './chat/chat-output';
import { replayChat } from './chat/chat-replay';
import { openaiFailure, openaiFailureEvent, openaiPing } from './failures/openai-failure';
import { type JsonObject, objectIn, objectsIn, textIn } from './json';
import { answerFacts } from './stream-state';

/** Fields that change neither the answer's text nor its shape. */
const NOT_IN_KEY = [
  'model',
  ...['stream', 'stream_options'],
  ...['user', 'safety_identifier', 'metadata', 'store'],
  ...['prompt_cache_key', 'prompt_cache_retention', 'prompt_cache_options'],
];
const OMITTED: ReadonlySet<string> = new Set(NOT_IN_KEY);
/** Audio comes in pieces that cannot be joined for certain: a stream of it has an entry of its own. */
const OMITTED_OF_AUDIO: ReadonlySet<string> = new Set(NOT_IN_KEY.filter((name) => name !== 'stream'));

/**
 * OpenAI's Chat Completions, also of compatible servers.
 *
 * Source: platform.openai.com/docs/api-reference/chat/create
 */
export const openaiChat: CallFormat = {
  name: 'openai-chat',
  path: '/chat/completions',
  readCall,
  promptText,
  asksForUsage,
  upstreamBody,
  cacheBody: (body) => canonicalJson(body, wantsAudio(body) ? OMITTED_OF_AUDIO : OMITTED),
  readAnswer,
  meter: (options) => new ChatMeter(options),
  replay: replayChat,
  failure: openaiFailure,
  failureEvent: openaiFailureEvent,
  ping: openaiPing,
};

function readCall(body: JsonObject): CallFacts {
  const parts = objectsIn(body, 'messages').flatMap((message) => objectsIn(message, 'content'));
  const images = parts.filter(({ type }) => type === 'image_url');
  const hasFile = parts.some(({ type }) => type === 'file');
  const hasWebSearch = objectIn(body, 'web_search_options') !== undefined;
  const hasEarlierAudio = objectsIn(body, 'messages').some((message) => objectIn(message, 'audio'));
  const hasOutsideInput = hasFile || hasWebSearch || hasEarlierAudio;
  return {
    model: readModel(body),
    stream: readStream(body),
    user: readText(body, 'safety_identifier', 'user'),
    serviceTier: readText(body, 'service_tier'),
    maxOutputTokens: readTokenLimit(body, 'max_completion_tokens') ?? readTokenLimit(body, 'max_tokens'),
    choices: readChoices(body),
    images: images.length,
    imageBytes: images.reduce((sum, image) => sum + dataUrlBytes(objectIn(image, 'image_url')?.['url']), 0),
    hasOutsideInput,
    cacheability: readCacheability(body, hasOutsideInput),
  };
}

function promptText(body: JsonObject, limit?: number): string {
  const texts = new TextCollector(limit);
  for (const message of objectsIn(body, 'messages')) {
    if (texts.isFull) break;
    texts.add(message['content']);
    for (const part of objectsIn(message, 'content')) texts.add(part['text']);
  }
  return texts.toString();
}

function asksForUsage(body: JsonObject): boolean {
  return objectIn(body, 'stream_options')?.['include_usage'] === true;
}

function upstreamBody(bytes: Uint8Array, body: JsonObject, { model, includeUsage }: BodyChanges): Uint8Array {
  const edits = modelEdit(body, model);
  if (includeUsage && !asksForUsage(body)) {
    const options = { ...objectIn(body, 'stream_options'), include_usage: true };
    edits['stream_options'] = JSON.stringify(options);
  }
  return editObject(bytes, body, edits);
}

function readAnswer(answer: JsonObject): AnswerFacts {
  const choices = objectsIn(answer, 'choices');
  return answerFacts(answer, {
    finishReason: choices.map((choice) => textIn(choice, 'finish_reason')).find((one) => one) ?? null,
    outputCharacters: choices.reduce(
      (sum, choice) => sum + chatOutputLength(objectIn(choice, 'message') ?? {}),
      0,
    ),
    isCacheable: isWholeChat(choices),
  });
}

function wantsAudio({ modalities }: JsonObject): boolean {
  return Array.isArray(modalities) && modalities.includes('audio');
}
