import { isJsonObject, type JsonObject, objectIn, objectsIn, parseObject, textIn } from '../../formats/json';
import { unsupported } from './unsupported';

/** A chat's messages as Converse's. */
export interface ConverseMessages {
  readonly system: readonly JsonObject[];
  readonly messages: readonly JsonObject[];
}

/** Fields of each role's messages that are translated; other fields are refused unless they are null. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  system: ['role', 'content'],
  developer: ['role', 'content'],
  user: ['role', 'content'],
  // `annotations` of an earlier answer are an empty list where no search was made.
  assistant: ['role', 'content', 'refusal', 'tool_calls', 'annotations', 'reasoning_content'],
  tool: ['role', 'content', 'tool_call_id'],
};

/** A picture inside a message, in the formats that Converse takes: png, jpeg, gif and webp. */
const PICTURE = /^data:image\/(png|jpeg|gif|webp);base64,/;

/**
 * Translates a chat's messages. Converse wants users and assistants in turn, and the results of all tools of a turn
 * together, so that neighbours of one role become one message.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
 * @throws {ProviderError} of kind `unsupported` that names what cannot be translated
 */
export function converseMessages(body: JsonObject): ConverseMessages {
  const system: JsonObject[] = [];
  const messages: { readonly role: string; readonly content: JsonObject[] }[] = [];
  for (const [index, message] of objectsIn(body, 'messages').entries()) {
    const place = `messages[${index}]`;
    const role = textIn(message, 'role') ?? '';
    checkFields(message, role, place);
    const content = contentOf(message, role, place);
    if (role === 'system' || role === 'developer') {
      system.push(...content);
      continue;
    }
    const turn = role === 'assistant' ? 'assistant' : 'user';
    const last = messages.at(-1);
    if (last?.role === turn) last.content.push(...content);
    else messages.push({ role: turn, content });
  }
  return { system, messages };
}

function checkFields(message: JsonObject, role: string, place: string): void {
  const known = Object.hasOwn(FIELDS, role) ? FIELDS[role] : undefined;
  if (known === undefined)
    throw unsupported(`${place}.role`, 'it must be system, developer, user, assistant or tool');
  for (const [name, value] of Object.entries(message)) {
    const isEmpty = value === null || (Array.isArray(value) && value.length === 0);
    if (!known.includes(name) && !isEmpty) throw unsupported(`${place}.${name}`);
  }
}

function contentOf(message: JsonObject, role: string, place: string): JsonObject[] {
  const blocks = blocksOf(message['content'], `${place}.content`);
  if (role === 'tool') {
    const content = blocks.length === 0 ? [{ text: ' ' }] : blocks;
    return [{ toolResult: { toolUseId: message['tool_call_id'], content } }];
  }
  const calls = objectsIn(message, 'tool_calls').map((call, index) =>
    toolUse(call, `${place}.tool_calls[${index}]`),
  );
  return [...blocks, ...textBlock(message['refusal']), ...calls];
}

/** Blocks of a content. Converse refuses empty texts, which say nothing. */
function blocksOf(content: unknown, place: string): JsonObject[] {
  if (!Array.isArray(content)) return textBlock(content);
  return content.filter(isJsonObject).flatMap((part, index) => partBlock(part, `${place}[${index}]`));
}

function partBlock(part: JsonObject, place: string): JsonObject[] {
  if (part['type'] === 'text') return textBlock(part['text']);
  if (part['type'] === 'refusal') return textBlock(part['refusal']);
  if (part['type'] !== 'image_url') throw unsupported(`${place}.type`, 'it must be text or image_url');
  const url = textIn(objectIn(part, 'image_url') ?? {}, 'url') ?? '';
  const [prefix, format] = PICTURE.exec(url) ?? [];
  if (prefix === undefined) {
    throw unsupported(
      `${place}.image_url.url`,
      'it must be a data URL of a png, jpeg, gif or webp in base64',
    );
  }
  // The API's JSON has bytes in base64, as the data URL does.
  return [{ image: { format, source: { bytes: url.slice(prefix.length) } } }];
}

function textBlock(text: unknown): JsonObject[] {
  return typeof text === 'string' && text !== '' ? [{ text }] : [];
}

function toolUse(call: JsonObject, place: string): JsonObject {
  const { id, function: called } = call;
  if (!isJsonObject(called)) throw unsupported(`${place}.type`, "it must be 'function'");
  const text = textIn(called, 'arguments') ?? '';
  const input = text === '' ? {} : parseObject(text);
  if (input === undefined) throw unsupported(`${place}.function.arguments`, 'they must be a JSON object');
  return { toolUse: { toolUseId: id, name: called['name'], input } };
}
