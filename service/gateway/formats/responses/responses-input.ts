import { dataUrlBytes } from '../body/read-fields';
import { TextCollector } from '../body/text-collector';
import { type JsonObject, objectIn, objectsIn, textIn } from '../json';

/** What the input of a response holds beside texts. */
export interface ResponsesInput {
  readonly images: number;
  readonly imageBytes: number;
  /** Whether it refers to what is not in the body. */
  readonly hasOutside: boolean;
}

/**
 * Tools whose calls the caller answers; all others are run by the provider.
 *
 * Source: platform.openai.com/docs/api-reference/responses/create (`tools`)
 */
const CALLERS_TOOLS: ReadonlySet<unknown> = new Set([
  ...['function', 'custom', 'namespace', 'local_shell', 'apply_patch', 'computer', 'computer_use_preview'],
]);

/** Fields by which an input refers to what the provider keeps. */
const REFERENCES = ['previous_response_id', 'conversation', 'prompt'];

/** Reads the pictures and references of an input. */
export function readResponsesInput(body: JsonObject): ResponsesInput {
  const items = objectsIn(body, 'input');
  const parts = items.flatMap(partsOf);
  const images = parts.filter(({ type }) => type === 'input_image' || type === 'computer_screenshot');
  const isOutside =
    REFERENCES.some((field) => body[field] !== undefined && body[field] !== null) ||
    objectsIn(body, 'tools').some(({ type }) => !CALLERS_TOOLS.has(type)) ||
    items.some(({ type }) => type === 'item_reference') ||
    parts.some(({ type }) => type === 'input_file');
  return {
    images: images.length,
    imageBytes: images.reduce((sum, image) => sum + dataUrlBytes(image['image_url']), 0),
    hasOutside: isOutside,
  };
}

/** The texts of an input: instructions, messages, and what tools answered. */
export function responsesPrompt(body: JsonObject, limit?: number): string {
  const texts = new TextCollector(limit);
  texts.add(body['instructions']);
  texts.add(body['input']);
  for (const item of objectsIn(body, 'input')) {
    if (texts.isFull) break;
    texts.add(item['content']);
    texts.add(item['output']);
    for (const part of partsOf(item)) texts.add(textIn(part, 'text') ?? textIn(part, 'refusal'));
  }
  return texts.toString();
}

/** Parts of an item: those of a message, and those that a tool answered. */
function partsOf(item: JsonObject): readonly JsonObject[] {
  const output = objectIn(item, 'output');
  return [
    ...objectsIn(item, 'content'),
    ...objectsIn(item, 'output'),
    ...(output === undefined ? [] : [output]),
  ];
}
