import { CacheWarmer } from '../cache/warming/cache-warmer';
import { CachedCostAnswers } from '../costs/cached-cost-answers';
import { parseQuestion } from '../costs/popular-questions';
import type { ServiceParts } from './open-service';

/** Time between two times that counts are added to the list of all pods, ms. */
const SAVE_MS = 60_000;

/** Time between a pod's readiness and the warming, ms: requests and their connections come first. */
const DELAY_MS = 2000;

/** Cost answers of an API pod, with the cache that is warmed by what was asked most. */
export class ServiceCosts {
  readonly answers: CachedCostAnswers;
  private readonly warmer: CacheWarmer;
  private readonly stopped = new AbortController();
  private saving: NodeJS.Timeout | undefined;
  private delay: NodeJS.Timeout | undefined;

  constructor(
    private readonly parts: Pick<ServiceParts, 'database' | 'layers' | 'logger' | 'now' | 'shared'>,
  ) {
    const { database, layers: cache, logger, now, shared } = parts;
    const onFailure = (err: unknown) => logger.debug({ err }, 'a part of the cache could not be warmed');
    this.warmer = new CacheWarmer({ shared, name: 'costs', onFailure });
    this.answers = new CachedCostAnswers({ database, cache, now, warmer: this.warmer });
  }

  /** Begins to count questions, and to warm the cache beside the pod's work. A second time changes nothing. */
  start(): void {
    this.saving ??= setInterval(() => void this.warmer.save(), SAVE_MS).unref();
    this.delay ??= setTimeout(() => void this.warm(), DELAY_MS).unref();
  }

  /** Ends the warming, and saves what was counted. */
  async close(): Promise<void> {
    this.stopped.abort();
    clearInterval(this.saving);
    clearTimeout(this.delay);
    await this.warmer.save();
  }

  private async warm(): Promise<void> {
    const { database, layers: cache, logger, now } = this.parts;
    // Without the warmer: what is asked only to warm the cache must not count.
    const answers = new CachedCostAnswers({ database, cache, now });
    const ask = async (popular: string) => {
      const { principal, query } = parseQuestion(popular);
      if ('groupBy' in query) await answers.groups(principal, query);
      else await answers.summary(principal, query);
    };
    const result = await this.warmer.warmPopularQueries(ask, { signal: this.stopped.signal });
    logger.info(result, 'the cache is warm');
  }
}
