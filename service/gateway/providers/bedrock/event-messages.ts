import { EventStreamCodec } from '@smithy/eventstream-codec';

/** A message of an AWS event stream. */
export interface EventMessage {
  /** `event`, `exception` (one that the API names) or `error` (any other). */
  readonly kind: string;
  /** Name of the event or exception, such as `contentBlockDelta` or `throttlingException`. */
  readonly type: string;
  /** Text of an `error`; empty for others, whose text is in the body. */
  readonly message: string;
  readonly body: Uint8Array;
}

/** Largest message, bytes: AWS's own bound is 16 MiB of payload. */
const MAX_MESSAGE_BYTES = 17 * 1_024 * 1_024;

/** Bytes of a message's length at its beginning. */
const LENGTH_BYTES = 4;

/** Shortest message: its lengths and checksums. */
const MIN_MESSAGE_BYTES = 16;

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/**
 * Cuts a stream's bytes into messages, whatever its chunks are. Each message is checked against its two checksums.
 *
 * Source: smithy.io/2.0/aws/amazon-eventstream.html
 */
export class EventMessages {
  private rest: Uint8Array = new Uint8Array(0);
  private parts: Uint8Array[] = [];
  private partBytes = 0;

  /** Whether bytes of a message have come that is not whole. */
  get isCut(): boolean {
    return this.rest.length + this.partBytes > 0;
  }

  /**
   * Takes the next chunk.
   * @returns the messages that are whole with it
   * @throws Error where a length or a checksum is wrong
   */
  push(chunk: Uint8Array): EventMessage[] {
    this.parts.push(chunk);
    this.partBytes += chunk.length;
    if (this.rest.length + this.partBytes < this.wanted()) return [];
    let bytes = Buffer.concat([this.rest, ...this.parts]);
    this.parts = [];
    this.partBytes = 0;
    const messages: EventMessage[] = [];
    for (let length = lengthOf(bytes); length <= bytes.length; length = lengthOf(bytes)) {
      messages.push(decode(bytes.subarray(0, length)));
      bytes = bytes.subarray(length);
    }
    this.rest = bytes;
    return messages;
  }

  /** Bytes from which on there is something to do: a long message in small chunks is joined once. */
  private wanted(): number {
    return this.rest.length < LENGTH_BYTES ? LENGTH_BYTES : lengthOf(Buffer.from(this.rest));
  }
}

/** Length of the first message; more than there can be where the bytes do not tell it yet. */
function lengthOf(bytes: Buffer): number {
  if (bytes.length < LENGTH_BYTES) return Number.POSITIVE_INFINITY;
  const length = bytes.readUInt32BE(0);
  if (length >= MIN_MESSAGE_BYTES && length <= MAX_MESSAGE_BYTES) return length;
  throw new Error(
    `a message of the event stream must have ${MIN_MESSAGE_BYTES} to ${MAX_MESSAGE_BYTES} bytes, got ${length}`,
  );
}

function decode(bytes: Uint8Array): EventMessage {
  const { headers, body } = codec.decode(bytes);
  const text = (name: string) => String(headers[name]?.value ?? '');
  const kind = text(':message-type');
  const type = text(`:${kind}-type`) || text(':error-code');
  return { kind, type, message: text(':error-message'), body };
}
