/** What was invalidated. */
export type Invalidated =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'all' };

/** Invalidations that are remembered; a reading that is older than all of them is not kept. */
const MOST = 1000;

/**
 * The newest invalidations that this pod has seen, numbered. Whoever reads a value and stores it a moment later asks
 * whether it was invalidated in between: its value would be an old one.
 */
export class RecentInvalidations {
  private readonly recent: { readonly number: number; readonly what: Invalidated }[] = [];
  private last = 0;

  /** Number of the newest invalidation. */
  get current(): number {
    return this.last;
  }

  add(what: Invalidated): void {
    this.last += 1;
    this.recent.push({ number: this.last, what });
    if (this.recent.length > MOST) this.recent.shift();
  }

  /** Whether nothing of the entry was invalidated after the number. */
  isCurrent(since: number, key: string, tags: readonly string[]): boolean {
    if (since === this.last) return true;
    const [oldest] = this.recent;
    if (oldest === undefined || oldest.number > since + 1) return false;
    return !this.recent.some(({ number, what }) => number > since && hits(what, key, tags));
  }
}

function hits(what: Invalidated, key: string, tags: readonly string[]): boolean {
  if (what.kind === 'all') return true;
  return what.kind === 'key' ? what.key === key : tags.includes(what.tag);
}
