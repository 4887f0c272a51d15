import { z } from 'zod';
import { writeAudit } from '../../access/audit';
import { type CacheChanges, PRICES_CHANGED } from '../../cache/invalidation/cache-changes';
import type { Database } from '../../database/pools';
import { builtInPrices } from '../../prices/built-in-prices';
import { readPriceCsv } from '../../prices/import-csv';
import { readLiteLlm } from '../../prices/import-litellm';
import { importPrices } from '../../prices/import-prices';
import { formatUsd } from '../../prices/money';
import type { PriceRow } from '../../prices/price-row';
import { ProblemError } from '../problem';
import { answers } from '../schemas';
import type { Server } from '../server-types';

/** Largest list of prices, bytes; LiteLLM's has some 2 MB. */
const IMPORT_BYTES = 8 * 1024 * 1024;

/** Rows of a kind that an answer shows. */
const MOST_SHOWN = 100;

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');

const shownPrice = z.object({
  provider: z.string(),
  model: z.string(),
  unit: z.string(),
  usd_per_million: z.string(),
});

const importSchema = z.object({
  applied: z.boolean().describe('Whether the prices are stored'),
  added: z.int(),
  ended: z.int(),
  unchanged: z.int(),
  skipped: z.array(z.object({ price: shownPrice, reason: z.string() })),
  outlying: z
    .array(z.object({ price: shownPrice, other_usd_per_million: z.string() }))
    .describe('Prices at least 100 times another, or a hundredth; repeat with confirm=true after a look'),
  ignored: z.array(z.string()),
});

export interface PriceImportProps {
  readonly database: Pick<Database, 'writes'>;
  readonly changes: Pick<CacheChanges, 'announce'>;
  readonly now: () => Date;
}

/** Imports prices of a file: CSV, or LiteLLM's list as JSON. */
export function priceImportRoutes(
  app: Server,
  { database, changes, now }: PriceImportProps,
  prefix: string,
): void {
  app.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) =>
    done(null, { csv: String(body) }),
  );
  app.post(
    `${prefix}/prices/import`,
    {
      bodyLimit: IMPORT_BYTES,
      config: { access: { roles: ['admin'], organisation: true } },
      schema: {
        operationId: 'importPrices',
        tags: ['prices'],
        summary: "Import prices from CSV (text/csv) or LiteLLM's list (application/json)",
        querystring: z.object({
          dry_run: flag.describe('Only shows what would change'),
          confirm: flag.describe('Stores prices that are far from others, too'),
        }),
        body: z.record(z.string(), z.unknown()),
        response: answers({ 200: importSchema }),
      },
    },
    async ({ principal, body, query }) => {
      const { rows, problems, ignored } =
        typeof body['csv'] === 'string' ? readPriceCsv(body['csv']) : readLiteLlm(JSON.stringify(body));
      if (problems.length > 0) throw wrongFile(problems);
      const known = (await builtInPrices()).prices;
      const at = now();
      const result = await database.writes.transaction(async (client) => {
        const plan = { incoming: rows, known, now: at, dryRun: query.dry_run, confirmed: query.confirm };
        const done = await importPrices(client, plan);
        if (done.applied) {
          const detail = { added: done.added.length, ended: done.ended.length };
          const entry = { actor: principal.keyId, projectId: null, subject: 'prices', detail };
          await writeAudit(client, { ...entry, action: 'prices.import' }, at);
        }
        return done;
      });
      if (result.applied) await changes.announce({ event: { name: PRICES_CHANGED, subject: 'import' } });
      return {
        applied: result.applied,
        added: result.added.length,
        ended: result.ended.length,
        unchanged: result.unchanged,
        skipped: result.skipped.slice(0, MOST_SHOWN).map(({ row, reason }) => ({ price: show(row), reason })),
        outlying: result.outlying.slice(0, MOST_SHOWN).map(({ row, other }) => ({
          price: show(row),
          other_usd_per_million: formatUsd(other.usdPerMillion, 12),
        })),
        ignored: ignored.slice(0, MOST_SHOWN),
      };
    },
  );
}

function show({ provider, model, unit, usdPerMillion }: PriceRow) {
  return { provider, model, unit, usd_per_million: formatUsd(usdPerMillion, 12) };
}

function wrongFile(problems: readonly string[]): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'invalid_change',
    detail: `The file has ${problems.length} problems; nothing is imported.`,
    issues: problems.slice(0, MOST_SHOWN).map((message) => ({ path: 'body', message })),
  });
}
