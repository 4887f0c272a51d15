import { hash } from 'node:crypto';
import type { CallFacts, CallFormat } from './formats/call-format';
import type { JsonObject } from './formats/json';
import { parseCallBody } from './formats/parse-body';

/** Characters of a prompt that are read for the ledger; it cuts them to what it stores. */
const PROMPT_CHARACTERS = 65_536;

/** The body of a call, with what is read from it: each at most once, and only where it is asked for. */
export class ReadBody {
  readonly json: JsonObject;
  private current: Uint8Array;
  private readFacts: CallFacts | undefined;
  private readPrompt: string | undefined;
  private readKey: { readonly context: string; readonly key: string } | undefined;

  /**
   * @param bytes as they came; nobody changes them
   * @throws InvalidCallError where they are no JSON object
   */
  constructor(
    private readonly format: CallFormat,
    bytes: Uint8Array,
  ) {
    this.current = bytes;
    this.json = parseCallBody(bytes);
  }

  /** The body as it came. */
  get bytes(): Uint8Array {
    return this.current;
  }

  /**
   * Copies the bytes out of the buffer that they came in: a socket's has 64 KiB, and a body that is remembered would
   * keep all of it.
   */
  leaveSocketBuffer(): void {
    if (this.current.buffer.byteLength === this.current.byteLength) return;
    this.current = Buffer.from(new Uint8Array(this.current).buffer);
  }

  /** @throws InvalidCallError where a field that is needed is missing or has another type */
  get facts(): CallFacts {
    this.readFacts ??= this.format.readCall(this.json);
    return this.readFacts;
  }

  /** The text of the input, for the ledger and for estimates. */
  get prompt(): string {
    this.readPrompt ??= this.format.promptText(this.json, PROMPT_CHARACTERS);
    return this.readPrompt;
  }

  /**
   * Key of the kept answer.
   * @param context what else can change the answer, such as project and model
   */
  cacheKey(context: readonly string[]): string {
    const text = JSON.stringify(context);
    if (this.readKey?.context === text) return this.readKey.key;
    const parts = JSON.stringify([...context, this.format.cacheBody(this.json)]);
    this.readKey = { context: text, key: hash('sha256', parts, 'base64url') };
    return this.readKey.key;
  }
}
