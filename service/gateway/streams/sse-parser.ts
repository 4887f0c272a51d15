import type { SseEvent } from './sse-event';

/** Largest event, bytes: a picture of a few megapixels in base64 fits. */
const MAX_EVENT_BYTES = 16 * 1_024 * 1_024;

const LF = 0x0a;
const CR = 0x0d;

/** A stream that is no stream of server-sent events, or not one within our bounds. */
export class SseError extends Error {
  override readonly name = 'SseError';
}

/**
 * Cuts a stream's bytes into events. The chunks may be cut anywhere, also within a character or between CR and LF: the
 * events are the same, and their bytes, one after another, are the stream's.
 *
 * A stream whose lines end with CR alone gets each event when the next byte arrives, because an LF might follow.
 *
 * Source: html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export class SseParser {
  /** Chunks of the event that is not whole yet. */
  private parts: Uint8Array[] = [];
  private partBytes = 0;
  /** Whether no byte of the current line has come. */
  private isLineEmpty = true;
  /** What a CR at the end of the last chunk has ended; an LF that follows belongs to it. */
  private afterCr: 'nothing' | 'line' | 'event' = 'nothing';
  private isFirst = true;

  /** @param maxEventBytes size of the largest event. Default: 16 MiB */
  constructor(private readonly maxEventBytes = MAX_EVENT_BYTES) {}

  /**
   * Takes the next chunk.
   * @returns the events that are whole with it
   * @throws SseError where an event is larger than the bound
   */
  push(chunk: Uint8Array): SseEvent[] {
    if (chunk.length === 0) return [];
    const events: SseEvent[] = [];
    let start = this.endCr(chunk, events);
    for (let at = start; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte !== LF && byte !== CR) {
        this.isLineEmpty = false;
        continue;
      }
      const ends = this.isLineEmpty ? 'event' : 'line';
      this.isLineEmpty = true;
      if (byte === CR) {
        if (at + 1 === chunk.length) {
          this.afterCr = ends;
          break;
        }
        if (chunk[at + 1] === LF) at += 1;
      }
      if (ends === 'line') continue;
      events.push(this.take(chunk.subarray(start, at + 1)));
      start = at + 1;
    }
    this.keep(chunk.subarray(start));
    return events;
  }

  /**
   * Ends the stream.
   * @returns what came after the last whole event, as an event without data, because the specification drops what has
   * no blank line at its end; nothing where nothing came
   */
  end(): SseEvent[] {
    const isWhole = this.afterCr === 'event';
    this.afterCr = 'nothing';
    if (this.partBytes === 0) return [];
    const event = this.take(new Uint8Array(0));
    return [isWhole ? event : { ...event, event: '', data: undefined }];
  }

  /** Ends what a CR at the end of the last chunk has ended. Returns where the chunk goes on. */
  private endCr(chunk: Uint8Array, events: SseEvent[]): number {
    const ended = this.afterCr;
    if (ended === 'nothing') return 0;
    this.afterCr = 'nothing';
    const at = chunk[0] === LF ? 1 : 0;
    if (ended === 'event') {
      events.push(this.take(chunk.subarray(0, at)));
      return at;
    }
    if (at === 1) this.keep(chunk.subarray(0, 1));
    return at;
  }

  private keep(rest: Uint8Array): void {
    if (rest.length === 0) return;
    this.parts.push(rest);
    this.partBytes += rest.length;
    if (this.partBytes > this.maxEventBytes) throw this.tooLarge();
  }

  /** The event that ends with these bytes. */
  private take(last: Uint8Array): SseEvent {
    if (this.partBytes + last.length > this.maxEventBytes) throw this.tooLarge();
    const bytes = this.partBytes === 0 ? last : Buffer.concat([...this.parts, last]);
    this.parts = [];
    this.partBytes = 0;
    const text = textOf(bytes);
    const event = parseEvent(bytes, this.isFirst && text.startsWith('\ufeff') ? text.slice(1) : text);
    this.isFirst = false;
    return event;
  }

  private tooLarge(): SseError {
    return new SseError(`an event of the stream must be at most ${this.maxEventBytes} bytes; it is larger`);
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Fields of an event's lines. */
function parseEvent(bytes: Uint8Array, text: string): SseEvent {
  let event = '';
  let data: string | undefined;
  // Most streams have no CR, and a plain separator is the faster one.
  for (const line of text.split(text.includes('\r') ? /\r\n|\n|\r/ : '\n')) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    if (name !== 'data' && name !== 'event') continue;
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'event') event = value;
    else data = data === undefined ? value : `${data}\n${value}`;
  }
  return { bytes, event, data };
}
