import { isJsonObject, type JsonObject, objectsIn } from '../json';
import { isWholeChat } from './chat-output';

type Draft = Record<string, unknown>;

interface ChoiceDraft {
  readonly fields: Draft;
  readonly message: Draft;
  readonly calls: Draft[];
}

/** Fields of a chunk that are not part of the whole answer. */
const CHUNK_ONLY: ReadonlySet<string> = new Set(['object', 'choices', 'obfuscation']);

/**
 * Puts a chat's chunks together. Texts of one name are joined; lists of probabilities too. What comes twice and is
 * neither, such as audio or a list of another kind, cannot be joined with certainty: then there is no answer.
 */
export class ChatAssembler {
  private readonly fields: Draft = {};
  private readonly choices = new Map<number, ChoiceDraft>();
  private isExact = true;

  add(chunk: JsonObject): void {
    for (const [name, value] of Object.entries(chunk)) {
      if (!CHUNK_ONLY.has(name) && value !== null) this.fields[name] = value;
    }
    for (const choice of objectsIn(chunk, 'choices')) this.addChoice(choice);
  }

  /** Gives up: an event was not understood. */
  spoil(): void {
    this.isExact = false;
  }

  /** The whole answer; null where the chunks are not all there or cannot be joined. */
  answer(): JsonObject | null {
    const choices = [...this.choices.entries()]
      .sort(([a], [b]) => a - b)
      .map(([, draft]) => wholeChoice(draft));
    if (!this.isExact || !isWholeChat(choices)) return null;
    const { usage, ...fields } = this.fields;
    return { ...fields, object: 'chat.completion', choices, ...(usage !== undefined && { usage }) };
  }

  private addChoice({ index, delta, ...fields }: JsonObject): void {
    if (typeof index !== 'number' || (delta !== undefined && !isJsonObject(delta))) {
      this.isExact = false;
      return;
    }
    const draft = this.choices.get(index) ?? { fields: { index }, message: {}, calls: [] };
    this.choices.set(index, draft);
    for (const [name, value] of Object.entries(fields)) {
      if (name === 'logprobs' && isJsonObject(value)) this.addLogprobs(draft, value);
      else if (value !== null || !(name in draft.fields)) draft.fields[name] = value;
    }
    for (const [name, value] of Object.entries(delta ?? {})) this.addToMessage(draft, name, value);
  }

  private addToMessage({ message, calls }: ChoiceDraft, name: string, value: unknown): void {
    if (name === 'obfuscation') return;
    if (name === 'role') message[name] = value;
    else if (name === 'tool_calls' && Array.isArray(value))
      for (const call of value) this.addCall(calls, call);
    else if (name === 'function_call' && isJsonObject(value))
      message[name] = this.joined(message[name], value);
    else this.join(message, name, value);
  }

  private addCall(calls: Draft[], call: unknown): void {
    if (!isJsonObject(call) || typeof call['index'] !== 'number') {
      this.isExact = false;
      return;
    }
    const { index, ...fields } = call;
    const at = calls.findIndex((one) => one['index'] === index);
    const draft = at < 0 ? { index } : (calls[at] ?? {});
    if (at < 0) calls.push(draft);
    for (const [name, value] of Object.entries(fields)) {
      if (isJsonObject(value)) draft[name] = this.joined(draft[name], value);
      else if (isGiven(value)) draft[name] = value;
    }
  }

  private addLogprobs({ fields }: ChoiceDraft, next: JsonObject): void {
    const last: Draft = isJsonObject(fields['logprobs']) ? { ...fields['logprobs'] } : {};
    for (const [name, value] of Object.entries(next)) {
      const before = last[name];
      if (Array.isArray(value)) last[name] = Array.isArray(before) ? [...before, ...value] : value;
      else if (value === null) last[name] ??= null;
      else this.isExact = false;
    }
    fields['logprobs'] = last;
  }

  /** The name and arguments of a call: the arguments come in pieces. */
  private joined(before: unknown, next: JsonObject): Draft {
    const fields: Draft = isJsonObject(before) ? { ...before } : {};
    for (const [name, value] of Object.entries(next)) {
      // Some servers repeat the name in each piece.
      if (name !== 'name') this.join(fields, name, value);
      else if (isGiven(value)) fields[name] = value;
    }
    return fields;
  }

  private join(fields: Draft, name: string, value: unknown): void {
    const before = fields[name];
    if (before === undefined || before === null) fields[name] = value;
    else if (typeof value === 'string' && typeof before === 'string') fields[name] = before + value;
    else if (value !== null && value !== undefined) this.isExact = false;
  }
}

/** Some servers repeat fields as null or empty in later pieces. */
function isGiven(value: unknown): boolean {
  return value !== null && value !== '';
}

function wholeChoice({ fields, message, calls }: ChoiceDraft): JsonObject {
  const toolCalls = calls
    .sort((a, b) => Number(a['index']) - Number(b['index']))
    .map(({ index: _, ...call }) => call);
  const whole = { role: 'assistant', content: null, ...message };
  return { ...fields, message: toolCalls.length === 0 ? whole : { ...whole, tool_calls: toolCalls } };
}
