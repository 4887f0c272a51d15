import { randomBytes, randomUUID } from 'node:crypto';
import { uuidV7 } from '../../../service/shared/uuid-v7';

/** A record of a call. */
export interface SentRecord {
  /** What the record is known by in the table, whatever id it gets: its tag `drill`. */
  readonly marker: string;
  /** Status that is stored once the call has succeeded. */
  readonly status: 'active' | 'completed';
}

/** A call of `POST /api/v1/requests`, which is sent again with the same bytes until it succeeds. */
export interface RecordCall {
  readonly shape: Shape;
  readonly body: string;
  readonly contentType: 'application/json' | 'application/x-ndjson';
  /** @default - no `Idempotency-Key` */
  readonly idempotencyKey?: string;
  /** Records in the order of the body; a record that the body has twice is here twice. */
  readonly records: readonly SentRecord[];
}

/** The ways in which clients send records, with those that make a retry safe. */
export const SHAPES = [
  'single with id',
  'single with key',
  'array with ids',
  'array with key',
  'array with a record twice',
  'ndjson with source_ids',
  'start and end',
] as const;
export type Shape = (typeof SHAPES)[number];

/** Records of an array, and lines of NDJSON. */
const BATCH = 25;

/** Users of the records; each is known after its first request. */
const USERS = 50;

/** Requests are up to this old, so that roll-ups that exist already have to change, ms. */
const MAX_AGE_MS = 3 * 3_600_000;

/**
 * A new call, or two calls of which the second one ends what the first one started.
 * @param nowMs time of the newest records, ms since 1970
 * @param markers what the markers begin with
 */
export function newCalls(shape: Shape, nowMs: number, markers = ''): RecordCall[] {
  const maker = new RecordMaker(nowMs, markers);
  switch (shape) {
    case 'single with id':
      return [jsonCall(shape, [maker.withId()])];
    case 'single with key':
      return [{ ...jsonCall(shape, [maker.plain()]), idempotencyKey: randomUUID() }];
    case 'array with ids':
      return [
        jsonCall(
          shape,
          times(BATCH, () => maker.withId()),
        ),
      ];
    case 'array with key': {
      const records = times(BATCH, () => maker.plain());
      return [{ ...jsonCall(shape, records), idempotencyKey: randomUUID() }];
    }
    case 'array with a record twice': {
      const records = times(BATCH, () => maker.withId());
      return [jsonCall(shape, [...records, ...records.slice(0, 1)])];
    }
    case 'ndjson with source_ids':
      return [
        ndjsonCall(
          shape,
          times(BATCH, () => maker.withSourceId()),
        ),
      ];
    case 'start and end': {
      const start = maker.withId();
      const { tokens: _, latency_ms: __, ...active } = start;
      return [jsonCall(shape, [{ ...active, status: 'active' }]), jsonCall(shape, [start])];
    }
  }
}

type Draft = Readonly<Record<string, unknown>> & {
  readonly status: SentRecord['status'];
  readonly tags: { readonly drill: string };
};

/** Makes records of the last hours. */
class RecordMaker {
  constructor(
    private readonly nowMs: number,
    private readonly markers: string,
  ) {}

  plain(): Draft {
    const marker = `${this.markers}${randomBytes(12).toString('base64url')}`;
    return {
      user: `drill-${randomBytes(2).readUInt16BE() % USERS}`,
      provider: 'openai',
      model: 'gpt-4o-mini',
      status: 'completed',
      latency_ms: 420,
      prompt: `Summarise ticket ${marker}`,
      tokens: { input: 1000, output: 200 },
      tags: { drill: marker },
    };
  }

  withId(): Draft {
    return { ...this.plain(), id: uuidV7(this.someTime(), randomBytes(10)) };
  }

  withSourceId(): Draft {
    return { ...this.plain(), source_id: randomUUID(), timestamp: new Date(this.someTime()).toISOString() };
  }

  private someTime(): number {
    return this.nowMs - (randomBytes(4).readUInt32BE() % MAX_AGE_MS);
  }
}

function jsonCall(shape: Shape, records: readonly Draft[]): RecordCall {
  const body = JSON.stringify(records.length === 1 ? records[0] : records);
  return { shape, body, contentType: 'application/json', records: records.map(sentRecord) };
}

function ndjsonCall(shape: Shape, records: readonly Draft[]): RecordCall {
  const body = records.map((record) => JSON.stringify(record)).join('\n');
  return { shape, body, contentType: 'application/x-ndjson', records: records.map(sentRecord) };
}

function sentRecord({ status, tags }: Draft): SentRecord {
  return { marker: tags.drill, status };
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
