import type { FormatName, StreamFacts } from '../../../../service/gateway/formats/call-format';
import { FORMATS } from '../../../../service/gateway/formats/formats';
import type { JsonObject } from '../../../../service/gateway/formats/json';
import { encodeEvent } from '../../../../service/gateway/streams/sse-encoder';
import { SseParser } from '../../../../service/gateway/streams/sse-parser';

/** What a meter makes of a stream. */
export interface Metered {
  readonly facts: StreamFacts;
  /** The stream as the caller gets it. */
  readonly shown: string;
  readonly answer: JsonObject | null;
}

/** Meters a stream of bytes. */
export function meter(name: FormatName, stream: Uint8Array, usageAsked = true): Metered {
  const parser = new SseParser();
  const meter = FORMATS[name].meter({ usageAsked, assemble: true });
  const events = [...parser.push(stream), ...parser.end()];
  const shown = events.filter((event) => meter.read(event) === 'pass').map(({ bytes }) => bytes);
  return { facts: meter.facts(), shown: Buffer.concat(shown).toString(), answer: meter.answer() };
}

/** A stream of JSON events; Anthropic's and Responses' have their type as the event's name. */
export function streamOf(...events: readonly (JsonObject | string)[]): Buffer {
  return Buffer.concat(
    events.map((event) =>
      typeof event === 'string'
        ? encodeEvent('', event)
        : encodeEvent(typeof event['type'] === 'string' ? event['type'] : '', JSON.stringify(event)),
    ),
  );
}
