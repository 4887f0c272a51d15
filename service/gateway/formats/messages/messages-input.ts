import { TextCollector } from '../body/text-collector';
import { type JsonObject, objectIn, objectsIn, textIn } from '../json';

/** What the input of a message holds beside texts. */
export interface MessagesInput {
  readonly images: number;
  readonly imageBytes: number;
  /** Whether it refers to what is not in the body, or to documents whose tokens its bytes do not bound. */
  readonly hasOutside: boolean;
}

/**
 * Tools whose calls the caller answers, by the beginning of their type; one's own have none. All others are run by the
 * provider.
 *
 * Source: platform.claude.com/docs/en/agents-and-tools/tool-use/overview
 */
const CALLERS_TOOLS = /^(custom$|bash_|text_editor_|computer_\d|memory_)/;

/** Reads the pictures and references of an input. */
export function readMessagesInput(body: JsonObject): MessagesInput {
  const blocks = objectsIn(body, 'messages').flatMap(blocksOf);
  const images = blocks.filter(({ type }) => type === 'image');
  const isOutside =
    objectsIn(body, 'mcp_servers').length > 0 ||
    (body['container'] !== undefined && body['container'] !== null) ||
    objectsIn(body, 'tools').some((tool) => !CALLERS_TOOLS.test(textIn(tool, 'type') ?? 'custom')) ||
    blocks.some(isUnbounded);
  return {
    images: images.length,
    imageBytes: images.reduce((sum, image) => sum + dataLength(objectIn(image, 'source')), 0),
    hasOutside: isOutside,
  };
}

/** The texts of an input: system, messages, and what tools answered. */
export function messagesPrompt(body: JsonObject, limit?: number): string {
  const texts = new TextCollector(limit);
  texts.add(body['system']);
  for (const block of objectsIn(body, 'system')) texts.add(block['text']);
  for (const message of objectsIn(body, 'messages')) {
    if (texts.isFull) break;
    texts.add(message['content']);
    for (const block of blocksOf(message)) {
      texts.add(block['text']);
      if (block['type'] === 'tool_result') texts.add(block['content']);
      if (block['type'] === 'document') texts.add(documentText(block));
    }
  }
  return texts.toString();
}

/** Blocks of a message, and those in the answers of tools. */
function blocksOf(message: JsonObject): readonly JsonObject[] {
  return objectsIn(message, 'content').flatMap((block) =>
    block['type'] === 'tool_result' ? [block, ...objectsIn(block, 'content')] : [block],
  );
}

/** Documents other than texts: a page counts as text and as a picture. Files and uploads lie at the provider. */
function isUnbounded({ type, source }: JsonObject): boolean {
  const sourceType = (source as JsonObject | undefined)?.['type'];
  if (type === 'document') return sourceType !== 'text' && sourceType !== 'content';
  return type === 'container_upload';
}

function dataLength(source: JsonObject | undefined): number {
  return source === undefined ? 0 : (textIn(source, 'data')?.length ?? 0);
}

function documentText(block: JsonObject): unknown {
  const source = objectIn(block, 'source');
  return source?.['type'] === 'text' ? source['data'] : undefined;
}
