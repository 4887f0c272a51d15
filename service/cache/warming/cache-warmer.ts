import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { SharedCache } from '../shared/shared-cache';
import { PopularQueries } from './popular-queries';

export interface CacheWarmerProps {
  /** Keeps the list of popular queries from one pod to the next; null: each pod begins without one. */
  readonly shared: SharedCache | null;
  /** Name of the list. */
  readonly name: string;
  /** A clock that only goes forward, ms. @default performance.now */
  readonly elapsedMs?: () => number;
  /** Learns of what could not be warmed. @default - nobody */
  readonly onFailure?: (error: unknown) => void;
}

/** How much is warmed. */
export interface WarmOptions {
  /** Ends the warming. */
  readonly signal: AbortSignal;
  /** Works at the same time. @default 2 */
  readonly concurrency?: number;
  /** Longest time, ms; works under way are not waited for after it. @default 20000 */
  readonly maxMs?: number;
}

/** What was done. */
export interface WarmResult {
  readonly warmed: number;
  readonly failed: number;
}

/** Queries of the list. */
const LISTED = 100;

/** Count above which all counts of the list are halved, so that what was popular last month makes room. */
const MOST_COUNT = 10_000;

/** Life of the list, ms: a week. */
const LIST_MS = 7 * 86_400_000;

const listSchema = z.array(z.object({ query: z.string().max(2000), count: z.number().min(0) })).max(1000);

/**
 * Fills the cache with what was asked most before anybody asks again. Pods count the queries, add their counts to a
 * list in the shared cache, and run its queries when they start. Warming is beside the readiness of a pod, and slow on
 * purpose: it must not take the database from requests.
 */
export class CacheWarmer {
  private unsaved = new PopularQueries();
  private readonly elapsedMs: () => number;

  constructor(private readonly props: CacheWarmerProps) {
    this.elapsedMs = props.elapsedMs ?? (() => performance.now());
  }

  /** Counts a query that was asked; longer ones than 2,000 characters are not counted. */
  note(query: string): void {
    this.unsaved.add(query);
  }

  /** Adds this pod's counts to the list. Two pods at once may lose one's counts; the next ones follow. Never fails. */
  async save(): Promise<void> {
    const { shared, onFailure } = this.props;
    if (shared === null || !shared.isConnected) return;
    const saved = this.unsaved;
    this.unsaved = new PopularQueries();
    try {
      const merged = new PopularQueries();
      for (const { query, count } of await this.list()) merged.add(query, count);
      for (const { query, count } of saved.top(LISTED)) merged.add(query, count);
      if ((merged.top(1)[0]?.count ?? 0) > MOST_COUNT) merged.decay();
      await shared.set(this.key, JSON.stringify(merged.top(LISTED)), LIST_MS);
    } catch (error) {
      onFailure?.(error);
    }
  }

  /** Runs the queries that all pods were asked most, the most frequent first. Failures are told and skipped. */
  async warmPopularQueries(
    run: (query: string) => Promise<unknown>,
    options: WarmOptions,
  ): Promise<WarmResult> {
    const listed = await this.list().catch((error) => {
      this.props.onFailure?.(error);
      return [];
    });
    return this.warm(
      listed.map(({ query }) => query),
      run,
      options,
    );
  }

  /** Loads what belongs to users, in their order. Failures are told and skipped. */
  warmUsers(
    users: readonly string[],
    load: (user: string) => Promise<unknown>,
    options: WarmOptions,
  ): Promise<WarmResult> {
    return this.warm(users, load, options);
  }

  private async warm(
    names: readonly string[],
    work: (name: string) => Promise<unknown>,
    { signal, concurrency = 2, maxMs = 20_000 }: WarmOptions,
  ): Promise<WarmResult> {
    const end = this.elapsedMs() + maxMs;
    const waiting = [...names];
    let [warmed, failed] = [0, 0];
    const runner = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        if (signal.aborted || this.elapsedMs() >= end) return;
        try {
          await work(name);
          warmed += 1;
        } catch (error) {
          failed += 1;
          this.props.onFailure?.(error);
        }
      }
    };
    const done = new AbortController();
    const over = sleep(maxMs, undefined, { signal: AbortSignal.any([signal, done.signal]), ref: false });
    const runners = Promise.all(Array.from({ length: concurrency }, runner));
    await Promise.race([runners, over.catch(() => undefined)]);
    done.abort();
    return { warmed, failed };
  }

  private async list(): Promise<z.output<typeof listSchema>> {
    const text = await this.props.shared?.get(this.key);
    if (text === undefined) return [];
    try {
      return listSchema.parse(JSON.parse(text));
    } catch (error) {
      // The next list replaces it.
      this.props.onFailure?.(error);
      return [];
    }
  }

  private get key(): string {
    return `warm:${this.props.name}`;
  }
}
