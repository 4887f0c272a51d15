import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from './behaviour';
import type { OpenCall } from './call-log';
import type { WireEvent, WireFormat } from './wire-format';

/** A stream to send. */
export interface StreamProps {
  readonly response: ServerResponse;
  readonly events: Iterable<WireEvent>;
  readonly format: WireFormat;
  readonly behaviour: Behaviour;
  /** Entry of the call, whose output and outcome the stream completes. */
  readonly call: OpenCall;
  readonly now: () => Date;
  /** Ends the stream's waits when the client leaves or the provider closes. */
  readonly signal: AbortSignal;
}

/** Events between two comments. */
const COMMENT_EVERY = 3;

/** Sends a stream of events at the behaviour's rate, and breaks it where the behaviour says so. */
export async function sendStream(props: StreamProps): Promise<void> {
  const { response, behaviour, call } = props;
  const sender = new ChunkSender(props);
  const started = props.now().getTime();
  let sent = 0;
  for (const event of props.events) {
    if (await breaksAt(sent, props, sender)) return;
    if (event.isEnd && !behaviour.sendsEnd) continue;
    const tokens = call.outputTokens + event.tokens;
    const due = behaviour.tokensPerSecond > 0 ? started + (tokens * 1_000) / behaviour.tokensPerSecond : 0;
    const wait = due === 0 ? 0 : due - props.now().getTime();
    if (wait > 0) {
      await sender.flush();
      await sleep(wait, undefined, { signal: props.signal });
    }
    call.outputTokens = tokens;
    await sender.add(event);
    sent += 1;
    if (sent === 1 && behaviour.unknownEvents) await sender.add(props.format.unknownEvent);
  }
  await sender.flush();
  call.outcome = 'answered';
  response.end();
}

/** Does what the behaviour plans after a number of events; true where the stream is over. */
async function breaksAt(sent: number, props: StreamProps, sender: ChunkSender): Promise<boolean> {
  const { behaviour, call, response, format, signal } = props;
  if (sent === behaviour.errorAfter) {
    await sender.add(format.errorEvent);
    await sender.flush();
    call.outcome = 'error';
    response.end();
    return true;
  }
  if (sent !== behaviour.cutAfter && sent !== behaviour.stallAfter) return false;
  await sender.flush();
  call.outcome = 'broken';
  if (sent === behaviour.cutAfter) {
    // The events before the cut arrive: they are in the kernel's hands when the socket ends.
    await nextTurn();
    response.socket?.destroySoon();
  } else {
    await onceAborted(signal);
  }
  return true;
}

function onceAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Writes events in chunks of the wanted size, and waits where the reader is slow. */
class ChunkSender {
  private pending = '';
  private events = 0;
  private count = 0;

  constructor(private readonly props: StreamProps) {}

  async add(event: WireEvent): Promise<void> {
    const { behaviour } = this.props;
    const end = behaviour.crlf ? '\r\n' : '\n';
    if (behaviour.comments && this.count % COMMENT_EVERY === 0) this.pending += `: keep-alive${end}${end}`;
    if (event.event !== '') this.pending += `event: ${event.event}${end}`;
    this.pending += `data: ${event.data}${end}${end}`;
    this.events += 1;
    this.count += 1;
    if (this.events >= behaviour.eventsPerChunk) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.pending === '') return;
    const text = this.pending;
    this.pending = '';
    this.events = 0;
    const { chunkBytes } = this.props.behaviour;
    if (chunkBytes === 0) return this.write(text);
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      await this.write(bytes.subarray(at, at + chunkBytes));
      await nextTurn();
    }
  }

  private async write(chunk: string | Buffer): Promise<void> {
    const { response, signal } = this.props;
    if (response.write(chunk)) return;
    await new Promise<void>((resolve, reject) => {
      const left = () => reject(signal.reason);
      signal.addEventListener('abort', left, { once: true });
      response.once('drain', () => {
        signal.removeEventListener('abort', left);
        resolve();
      });
    });
  }
}
