/** A query and how often it was asked, at most. */
export interface PopularQuery {
  readonly query: string;
  readonly count: number;
}

/** Queries that are counted at a time. */
const MOST_QUERIES = 500;

/** Longest query, characters; longer ones are not counted. */
const MAX_CHARACTERS = 2000;

/**
 * Counts the most frequent queries with a bounded memory (space-saving: Metwally, Agrawal, El Abbadi 2005,
 * https://doi.org/10.1007/978-3-540-30570-5_27). A new query takes the place and the count of the rarest one, so that
 * each query with more than 1/500 of all is among them, and no count is too low.
 */
export class PopularQueries {
  private counts = new Map<string, number>();

  /** @param most queries that are counted at a time, at least 1 */
  constructor(private readonly most = MOST_QUERIES) {}

  /** Counts a query. */
  add(query: string, times = 1): void {
    if (query.length > MAX_CHARACTERS) return;
    const known = this.counts.get(query);
    if (known !== undefined || this.counts.size < this.most) {
      this.counts.set(query, (known ?? 0) + times);
      return;
    }
    const { query: rarest, count } = this.rarest();
    this.counts.delete(rarest);
    this.counts.set(query, count + times);
  }

  /** The queries that were asked most, the most frequent first. */
  top(most: number): PopularQuery[] {
    return [...this.counts]
      .map(([query, count]) => ({ query, count }))
      .sort((one, other) => other.count - one.count)
      .slice(0, most);
  }

  /** Halves all counts, so that what was popular yesterday makes room. */
  decay(): void {
    const halves = [...this.counts].map(([query, count]) => [query, Math.floor(count / 2)] as const);
    this.counts = new Map(halves.filter(([, count]) => count > 0));
  }

  private rarest(): PopularQuery {
    let rarest: PopularQuery = { query: '', count: Number.POSITIVE_INFINITY };
    for (const [query, count] of this.counts) if (count < rarest.count) rarest = { query, count };
    return rarest;
  }
}
