/** Called with each message of a channel. */
export type MessageListener = (message: string) => void;

/**
 * The cache that all pods share. It may lose any key at any time: it evicts, and a failover loses the last writes. Keys
 * that one operation uses are on one node of a cluster. Every operation may throw where the cache does not answer.
 */
export interface SharedCache {
  /** Whether an operation would be sent at once. */
  readonly isConnected: boolean;
  /** Text of a key; undefined where there is none. */
  get(key: string): Promise<string | undefined>;
  /** Stores a text. @param ttlMs life of the key, ms, at least 1 */
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Stores a text unless the key exists. @returns whether it was stored */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>;
  /** Stores a text unless the key exists, and lets the key live for at least `ttlMs`. @returns the text that is there now */
  ensure(key: string, value: string, ttlMs: number): Promise<string>;
  /** Sets the life of a key that holds this text. @returns whether it does */
  extendIfEqual(key: string, value: string, ttlMs: number): Promise<boolean>;
  /** Deletes a key that holds this text. @returns whether it did */
  deleteIfEqual(key: string, value: string): Promise<boolean>;
  /**
   * Ends a work that others may wait for, in one step: stores its result, then deletes the lease if it holds the token.
   * The three keys have the same hash tag.
   * @returns whether the key `waiting` exists
   */
  endWork(work: EndedWork): Promise<boolean>;
  /** Deletes a key; it need not exist. */
  delete(key: string): Promise<void>;
  /** Sends a message to the listeners of a channel in all pods, this one too. It may be lost. */
  publish(channel: string, message: string): Promise<void>;
}

/** A shared work that has ended. */
export interface EndedWork {
  /** Key and text of its result, and the life of this key, ms. */
  readonly result: { readonly key: string; readonly value: string; readonly ttlMs: number };
  readonly lease: { readonly key: string; readonly token: string };
  /** Key that somebody sets who waits. */
  readonly waiting: string;
}

/** How a pod hears the messages of the shared cache. */
export interface SharedMessages {
  /** Hears a channel until the returned function is called. */
  subscribe(channel: string, listener: MessageListener): () => void;
  /** Is called whenever messages may have been missed, after they are heard again. */
  onGap(listener: () => void): void;
}
