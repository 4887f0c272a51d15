import { z } from 'zod';
import type { SharedCache, SharedMessages } from './shared-cache';

const text = z.string().min(1).max(1000);

const eventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('keys'), keys: z.array(text).max(1000) }),
  z.object({ kind: z.literal('tags'), tags: z.array(text).max(1000) }),
  z.object({ kind: z.literal('clear') }),
  z.object({ kind: z.literal('event'), name: text, subject: z.string().max(1000) }),
]);

/**
 * What pods tell each other about their memories: keys or tags that are no longer valid, that everything is to be
 * forgotten, or that something outside the cache has changed (`name` is what happened, `subject` to what).
 */
export type CacheEvent = z.output<typeof eventSchema>;

const messageSchema = z.object({ from: z.string().max(300), event: eventSchema });

export interface CacheBusProps {
  readonly shared: SharedCache;
  readonly messages: SharedMessages;
  /** Unique name of this process: it does not listen to itself. */
  readonly sender: string;
  /** Learns of messages that could not be sent or read. */
  readonly onFailure: (error: Error) => void;
}

const CHANNEL = 'cache-events';

/** Carries cache events between pods. Messages may be lost while a pod is not connected; then `onGap` tells. */
export class CacheBus {
  constructor(private readonly props: CacheBusProps) {}

  /** Tells the other pods. @returns whether the message was sent */
  async publish(event: CacheEvent): Promise<boolean> {
    try {
      await this.props.shared.publish(CHANNEL, JSON.stringify({ from: this.props.sender, event }));
      return true;
    } catch (error) {
      this.props.onFailure(error as Error);
      return false;
    }
  }

  /** Hears the events of the other pods. */
  onEvent(listener: (event: CacheEvent) => void): void {
    this.props.messages.subscribe(CHANNEL, (message) => {
      const event = this.read(message);
      if (event !== undefined) listener(event);
    });
  }

  /** Is called after events may have been missed. */
  onGap(listener: () => void): void {
    this.props.messages.onGap(listener);
  }

  private read(message: string): CacheEvent | undefined {
    try {
      const { from, event } = messageSchema.parse(JSON.parse(message));
      return from === this.props.sender ? undefined : event;
    } catch (error) {
      this.props.onFailure(error as Error);
      return undefined;
    }
  }
}
