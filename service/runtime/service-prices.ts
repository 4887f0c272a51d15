import { DatabaseUnavailableError } from '../database/database-errors';
import type { Pool } from '../database/pools';
import { PriceStore } from '../prices/price-store';
import type { PriceBook, Priced, PriceQuestion } from '../prices/price-usage';
import type { Logger } from '../telemetry/logger';

/** The price book of a server that listens before its database answers. */
export class ServicePrices {
  private store: PriceStore | undefined;

  constructor(
    private readonly reads: Pool,
    private readonly logger: Logger,
  ) {}

  /** Loads the prices and keeps them up to date. @throws where the database cannot be read */
  async open(): Promise<void> {
    this.store ??= await PriceStore.open({
      reads: this.reads,
      onError: (err) => this.logger.warn({ err }, 'prices could not be refreshed'),
    });
    this.store.start();
  }

  /** Loads the prices again after a change. A failure is logged; the next check follows within seconds. */
  async refresh(): Promise<void> {
    await this.store?.refreshNow().catch((err) => this.logger.warn({ err }, 'prices could not be refreshed'));
  }

  /** The book of this moment. @throws DatabaseUnavailableError before the prices are loaded */
  get book(): PriceBook {
    if (this.store === undefined) throw new DatabaseUnavailableError('the prices are not loaded yet');
    return this.store.book;
  }

  /** What a request costs by the book of this moment. @throws DatabaseUnavailableError before the prices are loaded */
  price(question: PriceQuestion): Priced {
    return this.book.price(question);
  }

  /** Ends the checks. */
  async close(): Promise<void> {
    await this.store?.close();
  }
}
