import { z } from 'zod';
import type { SharedCache, SharedMessages } from '../../cache/shared/shared-cache';
import type { ProjectScope } from '../project-scope';
import { type StoredRequest, storedRequestSchema } from '../record';
import type { RequestRow } from '../record/request-row';
import { feedRecord } from './feed-record';

/** What a reader gets: requests that have ended, or how many were left out. */
export type FeedEvent =
  | { readonly kind: 'request'; readonly request: StoredRequest }
  | { readonly kind: 'dropped'; readonly count: number };

export interface RequestFeedProps {
  /** Messages between pods; of this pod only where there is no shared cache. */
  readonly messages: SharedMessages & Pick<SharedCache, 'publish'>;
  /** Unique name of this process. */
  readonly sender: string;
  /** Whether other pods hear the messages. */
  readonly hasOtherPods: boolean;
  /** A clock that only goes forward, ms. @default performance.now */
  readonly elapsedMs?: () => number;
}

interface Reader {
  readonly scope: ProjectScope;
  readonly listener: (event: FeedEvent) => void;
}

const REQUESTS = 'feed-requests';
const WANTED = 'feed-wanted';

/** Time in which requests gather for one message, ms. */
const GATHER_MS = 100;

/** Most requests of a message: some 2,000 a second, more than anybody reads. */
const MOST_GATHERED = 200;

/** Time between two messages by which a pod with readers asks for requests, ms. */
const ASK_MS = 10_000;

/** Time for which the others send requests after that, ms. */
const WANTED_MS = 30_000;

const messageSchema = z.object({
  from: z.string(),
  requests: z.array(storedRequestSchema).max(MOST_GATHERED),
  dropped: z.int().min(0),
});

/**
 * Requests as they end, for those who watch. It is lossy on purpose: it never slows down who stores requests, sends
 * nothing while nobody in any pod watches, and leaves out what is too much. The history has all of them.
 */
export class RequestFeed {
  private readonly readers = new Set<Reader>();
  private readonly elapsedMs: () => number;
  private gathered: StoredRequest[] = [];
  private dropped = 0;
  private wantedUntil = 0;
  private gatherTimer: NodeJS.Timeout | undefined;
  private askTimer: NodeJS.Timeout | undefined;
  private stopHearing: (() => void) | undefined;
  private readonly stopWanted: () => void;

  constructor(private readonly props: RequestFeedProps) {
    this.elapsedMs = props.elapsedMs ?? (() => performance.now());
    this.stopWanted = props.messages.subscribe(WANTED, (sender) => {
      if (sender !== props.sender) this.wantedUntil = this.elapsedMs() + WANTED_MS;
    });
  }

  /** Whether readers hear of the requests of all pods. */
  get hasOtherPods(): boolean {
    return this.props.hasOtherPods;
  }

  /** Number of readers in this pod. */
  get size(): number {
    return this.readers.size;
  }

  /** Tells readers of rows that were just stored. Never throws, never waits. */
  publish(rows: readonly RequestRow[]): void {
    const isWanted = this.props.hasOtherPods && this.elapsedMs() < this.wantedUntil;
    if (this.readers.size === 0 && !isWanted) return;
    for (const row of rows) {
      if (row.status === 'active') continue;
      if (this.gathered.length >= MOST_GATHERED) this.dropped += 1;
      else this.gathered.push(feedRecord(row));
    }
    this.gatherTimer ??= setTimeout(() => this.send(), GATHER_MS).unref();
  }

  /** Hears requests of the scope until the returned function is called. The listener must not throw or wait. */
  subscribe(scope: ProjectScope, listener: Reader['listener']): () => void {
    const reader: Reader = { scope, listener };
    this.readers.add(reader);
    if (this.readers.size === 1) this.begin();
    return () => {
      if (this.readers.delete(reader) && this.readers.size === 0) this.end();
    };
  }

  /** Ends all timers and subscriptions. */
  close(): void {
    clearTimeout(this.gatherTimer);
    this.end();
    this.stopWanted();
  }

  private begin(): void {
    this.stopHearing = this.props.messages.subscribe(REQUESTS, (message) => this.hear(message));
    this.askTimer = setInterval(() => this.ask(), ASK_MS).unref();
    this.ask();
  }

  private end(): void {
    clearInterval(this.askTimer);
    this.stopHearing?.();
  }

  private ask(): void {
    if (this.props.hasOtherPods)
      this.props.messages.publish(WANTED, this.props.sender).catch(() => undefined);
  }

  private send(): void {
    const { gathered: requests, dropped } = this;
    this.gathered = [];
    this.dropped = 0;
    this.gatherTimer = undefined;
    this.tell(requests, dropped);
    if (!this.props.hasOtherPods || this.elapsedMs() >= this.wantedUntil) return;
    const message = JSON.stringify({ from: this.props.sender, requests, dropped });
    this.props.messages.publish(REQUESTS, message).catch(() => undefined);
  }

  private hear(text: string): void {
    const message = parse(text);
    if (message === undefined || message.from === this.props.sender) return;
    this.tell(message.requests, message.dropped);
  }

  private tell(requests: readonly StoredRequest[], dropped: number): void {
    for (const { scope, listener } of [...this.readers]) {
      for (const request of requests) {
        if (scope.projectId === null || scope.projectId === request.project)
          listener({ kind: 'request', request });
      }
      if (dropped > 0) listener({ kind: 'dropped', count: dropped });
    }
  }
}

function parse(text: string): z.output<typeof messageSchema> | undefined {
  try {
    return messageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
