import { z } from 'zod';
import type { Principal } from '../../access/principal';
import type { CacheChanges } from '../../cache/invalidation/cache-changes';
import { COSTS_NAMESPACE } from '../../costs/cached-cost-answers';
import type { Database } from '../../database/pools';
import type { PriceStore } from '../../prices/price-store';
import { auditedReprice } from '../../requests/write/audited-reprice';
import type { RepriceQuery } from '../../requests/write/reprice';
import { answers, timeSchema } from '../schemas';
import type { Server } from '../server-types';
import { streamOf } from '../stream';

export interface RepriceRoutesProps {
  readonly database: Database;
  /** The current price book. */
  readonly prices: Pick<PriceStore, 'book'>;
  readonly changes: Pick<CacheChanges, 'announce'>;
  readonly now: () => Date;
}

const repriceBody = z.strictObject({
  from: timeSchema.describe('Start, included'),
  to: timeSchema.describe('End, excluded'),
  project: z.uuid().optional(),
  which: z
    .enum(['unpriced', 'all'])
    .default('unpriced')
    .describe('unpriced: requests that lack a price or a part of one. all: priced ones, too'),
});

/** Prices requests again. */
export function repriceRoutes(app: Server, props: RepriceRoutesProps, prefix: string): void {
  app.post(
    `${prefix}/reprice`,
    {
      config: { access: { roles: ['admin'], organisation: true } },
      schema: {
        operationId: 'reprice',
        tags: ['prices'],
        summary: 'Price the requests of a period again',
        description: `Answers NDJSON: a line of progress for each slice of 1,000 requests. Closing the connection ends it
after the current slice; what is done stays, and it may be started again.`,
        body: repriceBody,
        response: answers({ 200: z.string() }),
      },
    },
    async ({ principal, body }, reply) => {
      const stream = await streamOf(progress(props, principal, body));
      return reply.type('application/x-ndjson').send(stream as never);
    },
  );
}

async function* progress(
  { database, prices, changes, now }: RepriceRoutesProps,
  principal: Principal,
  query: RepriceQuery,
): AsyncGenerator<string> {
  const steps = auditedReprice({ database, prices: prices.book, now }, principal, query);
  try {
    for await (const { scanned, changed, outOfRange: out_of_range, until } of steps)
      yield `${JSON.stringify({ scanned, changed, out_of_range, until: until.toISOString() })}\n`;
  } finally {
    // Also of a run that was cut: its slices are committed.
    await changes.announce({ namespaces: [COSTS_NAMESPACE] });
  }
}
