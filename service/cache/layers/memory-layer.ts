import { LRUCache } from 'lru-cache';

/** An entry in the memory of the pod. */
export interface MemoryEntry {
  readonly value: unknown;
  readonly tags: readonly string[];
  /** When the entry ends, ms since 1970. */
  readonly endsAt: number;
}

export interface MemoryLayerProps {
  /** Bytes of all entries, estimated. */
  readonly maxBytes: number;
  readonly now: () => Date;
}

/** State of the layer. */
export interface MemoryLayerState {
  readonly entries: number;
  /** Estimated. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** Entries that made room for others. */
  readonly evictions: number;
}

/** Bytes of an entry besides its value: key, maps and times. */
const ENTRY_BYTES = 400;

/** Bytes of a value in memory for each character of its JSON; objects take more than texts. */
const BYTES_PER_CHARACTER = 2;

/** Part of the layer that one entry may take: a few large ones must not push everything out. */
const LARGEST_SHARE = 1 / 16;

/** L1: the least recently used entries make room for new ones. Values are kept as they are, without a copy. */
export class MemoryLayer {
  private readonly entries: LRUCache<string, MemoryEntry>;
  private readonly keysByTag = new Map<string, Set<string>>();
  private evictions = 0;

  constructor(private readonly props: MemoryLayerProps) {
    this.entries = new LRUCache({
      maxSize: props.maxBytes,
      maxEntrySize: Math.max(1, Math.floor(props.maxBytes * LARGEST_SHARE)),
      dispose: (entry, key, reason) => {
        if (reason === 'evict') this.evictions += 1;
        this.forgetTags(key, entry);
      },
    });
  }

  get(key: string): MemoryEntry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.endsAt > this.props.now().getTime()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  /** @param characters length of the value's JSON */
  set(key: string, entry: MemoryEntry, characters: number): void {
    this.entries.delete(key);
    this.entries.set(key, entry, { size: ENTRY_BYTES + key.length + characters * BYTES_PER_CHARACTER });
    if (!this.entries.has(key)) return;
    for (const tag of entry.tags) this.keysByTag.set(tag, (this.keysByTag.get(tag) ?? new Set()).add(key));
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  /** Removes all entries with the tag. */
  deleteTag(tag: string): void {
    for (const key of this.keysByTag.get(tag) ?? []) this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
    this.keysByTag.clear();
  }

  get state(): MemoryLayerState {
    const { size, calculatedSize } = this.entries;
    return { entries: size, bytes: calculatedSize, maxBytes: this.props.maxBytes, evictions: this.evictions };
  }

  private forgetTags(key: string, { tags }: MemoryEntry): void {
    for (const tag of tags) {
      const keys = this.keysByTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.keysByTag.delete(tag);
    }
  }
}
