import type { Pool, Queryable } from '../database/pools';
import { type BuiltInPrices, builtInPrices } from './built-in-prices';
import { readDiscounts, readModelRules, readPrices, readVersion } from './price-tables';
import { PriceBook, type PriceData, type Priced, type PriceQuestion } from './price-usage';

/** What a price store needs. */
export interface PriceStoreProps {
  /** Where prices are read from. */
  readonly reads: Pick<Pool, 'query'>;
  /** Is told of a refresh that failed; the book in memory stays. @default - nobody is told */
  readonly onError?: (error: unknown) => void;
  /** Seconds between two checks of the version, above 0. @default 10 */
  readonly refreshSeconds?: number;
}

/** How long a change of prices may take to reach a pod, seconds. */
const REFRESH_SECONDS = 10;

/** The price book of a process, kept up to date with the database. */
export class PriceStore {
  private timer: NodeJS.Timeout | undefined;
  private refreshing: Promise<boolean> | undefined;

  private constructor(
    private readonly props: PriceStoreProps,
    private readonly builtIn: BuiltInPrices,
    private current: { readonly version: string; readonly book: PriceBook },
  ) {}

  /** Loads the prices. @throws where the database cannot be read */
  static async open(props: PriceStoreProps): Promise<PriceStore> {
    const builtIn = await builtInPrices();
    return new PriceStore(props, builtIn, await loadBook(props.reads, builtIn));
  }

  /** The book of this moment; it does not change, so one answer is computed from one book. */
  get book(): PriceBook {
    return this.current.book;
  }

  /** What a request costs by the book of this moment. */
  price(question: PriceQuestion): Priced {
    return this.current.book.price(question);
  }

  /** Begins to check the version regularly; ends with `close`. */
  start(): void {
    const seconds = this.props.refreshSeconds ?? REFRESH_SECONDS;
    this.timer ??= setInterval(() => {
      this.refresh().catch((error: unknown) => this.props.onError?.(error));
    }, seconds * 1000).unref();
  }

  /** Loads the prices again if they have changed. @returns whether they had */
  refresh(): Promise<boolean> {
    // A slow check is not repeated beside itself.
    this.refreshing ??= this.reload().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  /** Loads the prices again if they have changed before the call, also where a check is under way. */
  async refreshNow(): Promise<boolean> {
    await this.refreshing?.catch(() => false);
    return this.refresh();
  }

  /** Ends the checks and waits for one that is under way. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.refreshing?.catch(() => false);
  }

  private async reload(): Promise<boolean> {
    const { reads } = this.props;
    if ((await readVersion(reads)) === this.current.version) return false;
    this.current = await loadBook(reads, this.builtIn);
    return true;
  }
}

async function loadBook(
  client: Queryable,
  builtIn: BuiltInPrices,
): Promise<{ readonly version: string; readonly book: PriceBook }> {
  // The version first: a change after it is loaded once more, not missed.
  const version = await readVersion(client);
  const stored = {
    prices: await readPrices(client),
    models: await readModelRules(client),
    discounts: await readDiscounts(client),
  };
  return { version, book: PriceBook.load(withBuiltIn(stored, builtIn)) };
}

/**
 * Stored prices over the built-in ones. Built-in prices of a model apply until `npm run prices -- update` has stored
 * that model's, with the dates of their changes; so a fresh installation prices what the build knows.
 */
export function withBuiltIn(stored: Omit<PriceData, 'providers'>, builtIn: BuiltInPrices): PriceData {
  const nameOf = ({ provider, model }: { readonly provider: string; readonly model: string }) =>
    JSON.stringify([provider, model]);
  const updated = new Set(stored.prices.filter(({ source }) => source === 'genai-prices').map(nameOf));
  const named = new Set(builtIn.models.map(nameOf));
  return {
    prices: [...stored.prices, ...builtIn.prices.filter((row) => !updated.has(nameOf(row)))],
    models: [
      ...builtIn.models,
      // Models that the package no longer has keep the rules that were stored with their prices.
      ...stored.models.filter((rule) => rule.source !== 'genai-prices' || !named.has(nameOf(rule))),
    ],
    providers: builtIn.providers,
    discounts: stored.discounts,
  };
}
