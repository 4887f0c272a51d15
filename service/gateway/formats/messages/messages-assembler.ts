import { type JsonObject, objectIn, parseObject, textIn } from '../json';
import { mergedUsage } from './messages-output';

type Draft = Record<string, unknown>;

/** Which text of a block a delta continues, and the delta's field that holds it. */
const TEXTS: Readonly<Record<string, readonly [blockField: string, deltaField: string]>> = {
  text_delta: ['text', 'text'],
  thinking_delta: ['thinking', 'thinking'],
  signature_delta: ['signature', 'signature'],
};

/** Puts a message's events together. What is of an unknown type cannot be joined: then there is no answer. */
export class MessagesAssembler {
  private message: Draft | null = null;
  private readonly blocks: Draft[] = [];
  /** Arguments of tools so far, by block: JSON in pieces. */
  private readonly inputs = new Map<number, string>();
  private isExact = true;

  add(type: string, event: JsonObject): void {
    if (type === 'message_start') this.message = { ...objectIn(event, 'message') };
    else if (type === 'content_block_start')
      this.blocks[indexOf(event)] = { ...objectIn(event, 'content_block') };
    else if (type === 'content_block_delta') this.addDelta(indexOf(event), objectIn(event, 'delta') ?? {});
    else if (type === 'message_delta') this.addToMessage(event);
    else if (!['content_block_stop', 'message_stop', 'ping'].includes(type)) this.isExact = false;
  }

  /** Gives up: an event was not understood. */
  spoil(): void {
    this.isExact = false;
  }

  /** The whole message; null where an event was not understood. */
  answer(): JsonObject | null {
    for (const [index, text] of this.inputs) this.endInput(index, text);
    // A block that never began leaves a hole.
    const isWhole =
      this.blocks.every((block) => block !== undefined) && this.blocks.length === keysOf(this.blocks);
    return this.isExact && this.message !== null && isWhole
      ? { ...this.message, content: this.blocks }
      : null;
  }

  private addDelta(index: number, delta: JsonObject): void {
    const block = this.blocks[index];
    const type = textIn(delta, 'type') ?? '';
    const fields = Object.hasOwn(TEXTS, type) ? TEXTS[type] : undefined;
    if (block === undefined) {
      this.isExact = false;
    } else if (fields !== undefined) {
      const [blockField, deltaField] = fields;
      block[blockField] = `${textIn(block, blockField) ?? ''}${textIn(delta, deltaField) ?? ''}`;
    } else if (type === 'input_json_delta') {
      this.inputs.set(index, `${this.inputs.get(index) ?? ''}${textIn(delta, 'partial_json') ?? ''}`);
    } else if (type === 'citations_delta') {
      const { citations } = block;
      block['citations'] = [...(Array.isArray(citations) ? citations : []), delta['citation']];
    } else {
      this.isExact = false;
    }
  }

  private addToMessage({ type: _, delta, usage, ...fields }: JsonObject): void {
    const { message } = this;
    if (message === null) return;
    const before = objectIn(message, 'usage') ?? null;
    Object.assign(message, fields, delta);
    const next = objectIn({ usage }, 'usage');
    if (next !== undefined) message['usage'] = mergedUsage(before, next);
  }

  /** A tool without arguments has no pieces, or an empty one. */
  private endInput(index: number, text: string): void {
    const block = this.blocks[index];
    const input = text === '' ? {} : parseObject(text);
    if (block === undefined || input === undefined) this.isExact = false;
    else block['input'] = input;
  }
}

/** The block's number; a negative one, which no block has, where there is none. */
function indexOf({ index }: JsonObject): number {
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < 10_000 ? index : -1;
}

function keysOf(blocks: readonly Draft[]): number {
  return Object.keys(blocks).length;
}
