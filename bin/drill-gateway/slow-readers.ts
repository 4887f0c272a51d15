import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf } from '../drill/calls/gateway-calls';
import type { ApiProcess } from '../local/api-process';
import { type PartProps, type PartResult, type PartServers, withServers } from './part';

/** What a reader takes in a second, bytes. */
const BYTES_PER_SECOND = 1024;

/**
 * Output tokens of a short and of a long stream; a token is an event of some 230 bytes. On loopback the kernel takes
 * about 2.6 MB of each connection before a sender has to wait. A long stream is more than the connections on both sides
 * of the API take. A short one is less: a thousand long ones would take all memory that the kernel has for sockets.
 */
const SHORT_TOKENS = 1200;
const LONG_TOKENS = 40_000;

/** One reader of so many has a long stream. */
const LONG_EVERY = 20;

/** Longest wait for the answers to begin, ms. */
const OPEN_MS = 60_000;

/** Readers that connect at the same time: a thousand at once would be refused as overload. */
const CONNECTING = 50;

/** Time that the readers read, s. */
const READING_SECONDS = 30;

/** Goal of a pod's memory, MiB. */
export const GOAL_MEBIBYTES = 256;

const MIB = 2 ** 20;

/** Many readers take a kilobyte a second of streams that the provider would send at once. */
export function slowReaders(props: PartProps): Promise<PartResult> {
  const environment = { GATEWAY_MAX_CONNECTIONS: String(props.readers + 100) };
  return withServers(props, { apis: 1, environment }, (servers) => read(servers, props));
}

async function read(servers: PartServers, props: PartProps): Promise<PartResult> {
  const { service } = servers;
  const [api] = service.apis as readonly [ApiProcess];
  const idle = (await api.residentBytes()) / MIB;
  const readers: SlowReader[] = [];
  const samples: number[] = [];
  try {
    for (let count = 0; count < props.readers; count += CONNECTING) {
      const next = Array.from({ length: Math.min(CONNECTING, props.readers - count) }, (_, index) => {
        const tokens = (count + index) % LONG_EVERY === 0 ? LONG_TOKENS : SHORT_TOKENS;
        return new SlowReader(api, service.key, tokens);
      });
      readers.push(...next);
      const late = sleep(OPEN_MS, undefined, { signal: props.signal, ref: false });
      await Promise.race([Promise.all(next.map((reader) => reader.opened)), late]);
    }
    props.onStep(`${readers.length} readers read`);
    for (let second = 0; second < READING_SECONDS; second += 1) {
      for (const reader of readers) reader.take(BYTES_PER_SECOND);
      samples.push((await api.residentBytes()) / MIB);
      await sleep(1000, undefined, { signal: props.signal });
    }
    return await resultOf(servers, { idle, samples, readers });
  } finally {
    for (const reader of readers) reader.end();
  }
}

interface Measured {
  /** Memory before the readers, MiB. */
  readonly idle: number;
  /** Memory each second, MiB. */
  readonly samples: readonly number[];
  readonly readers: readonly SlowReader[];
}

async function resultOf(
  { provider }: PartServers,
  { idle, samples, readers }: Measured,
): Promise<PartResult> {
  const answer = await fetch(`${provider.url}/simulated/calls?limit=100000`);
  const { data } = (await answer.json()) as {
    data: { model: string; outputTokens: number; outcome: string }[];
  };
  const long = data.filter(({ model }) => model.endsWith(`-${LONG_TOKENS}`));
  const open = long.filter(({ outcome }) => outcome === 'open').length;
  const sent = long.reduce((sum, { outputTokens }) => sum + outputTokens, 0) / Math.max(1, long.length);
  const third = Math.floor(samples.length / 3);
  const [early, late] = [Math.max(...samples.slice(third, 2 * third)), Math.max(...samples.slice(2 * third))];
  const most = Math.max(...samples);
  const broken = readers.filter(({ isOpen }) => !isOpen).length;
  return {
    figures: {
      readers: readers.length,
      'answers that began': readers.filter(({ hasBegun }) => hasBegun).length,
      'long streams, and those of them that wait for their readers': `${long.length}, ${open}`,
      'tokens that the provider has sent of a long stream, mean': `${Math.round(sent)} of ${LONG_TOKENS}`,
      'API process, idle, MiB': Math.round(idle),
      'API process, most while reading, MiB': Math.round(most),
      'API process, most in the second and the last third, MiB': `${Math.round(early)}, ${Math.round(late)}`,
    },
    problems: [
      ...(broken === 0 ? [] : [`${broken} readers lost their stream`]),
      ...(open === long.length ? [] : [`${long.length - open} long streams were read ahead to their end`]),
      ...(most <= GOAL_MEBIBYTES ? [] : [`the API process took more than ${GOAL_MEBIBYTES} MiB`]),
      ...(late <= early * 1.1 ? [] : ['the memory of the API process grew while nothing else changed']),
    ],
  };
}

/** A caller that reads only as much as it is told. */
class SlowReader {
  /** Resolves when the answer has begun. */
  readonly opened: Promise<void>;
  private readonly socket: Socket;
  private begun = false;

  constructor({ url }: ApiProcess, key: string, tokens: number) {
    const body = bodyOf(`tokens-${tokens}`, { stream: true });
    const { host, hostname, port } = new URL(url);
    this.socket = connect({ host: hostname, port: Number(port) });
    // The end of a connection is counted.
    this.socket.on('error', () => undefined);
    const head = [
      'POST /api/v1/chat/completions HTTP/1.1',
      `host: ${host}`,
      `authorization: Bearer ${key}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    this.socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    this.opened = new Promise((resolve) => {
      this.socket.once('readable', () => {
        this.begun = true;
        resolve();
      });
      this.socket.once('close', () => resolve());
    });
  }

  get hasBegun(): boolean {
    return this.begun;
  }

  get isOpen(): boolean {
    return !this.socket.destroyed && !this.socket.readableEnded;
  }

  take(bytes: number): void {
    this.socket.read(Math.min(bytes, this.socket.readableLength) || undefined);
  }

  end(): void {
    this.socket.destroy();
  }
}
