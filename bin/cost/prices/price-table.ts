import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../cli/command';

const DATE = z.iso.date();

const priceSchema = z.strictObject({
  /** USD for one unit; which unit is the product’s to say. */
  usd: z.number().positive(),
  /** Where the figure was seen. */
  source: z.url({ protocol: /^https$/ }),
  /** Day on which it was seen there. */
  seen: DATE,
  /** Day of which the source says that the price held. */
  asOf: DATE.optional(),
  note: z.string().optional(),
});

const tableSchema = z.strictObject({
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/),
  prices: z.record(z.string(), priceSchema),
});

export type Price = z.infer<typeof priceSchema>;
export type PriceTable = z.infer<typeof tableSchema>;

/** The table of a region that comes with the repository. */
export function tableFile(region: string): string {
  return join(__dirname, `${region}.json`);
}

/** @throws UsageError that names the field, or says that there is no such file */
export function readTable(file: string): PriceTable {
  if (!existsSync(file))
    throw new UsageError(`--prices must be a region with a table or a file, got ${file}`);
  const parsed = tableSchema.safeParse(parseJson(file));
  if (parsed.success) return parsed.data;
  throw new UsageError(
    parsed.error.issues
      .map(({ path, message }) => [file, ...(path.length > 0 ? [path.join('.')] : []), message].join(': '))
      .join('\n'),
  );
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} must be JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Prices by the region of a stack. */
export type PriceTables = (region: string) => PriceTable;

/**
 * @param override region or file whose prices hold for the environment, whatever its region
 * @param home region of the environment
 */
export function priceTables(home: string, override?: string): PriceTables {
  const tables = new Map<string, PriceTable>();
  if (override !== undefined) tables.set(home, readTable(fileOf(override)));
  return (region) => {
    const table = tables.get(region) ?? tableOf(region);
    tables.set(region, table);
    return table;
  };
}

/** @throws UsageError where the repository has none */
function tableOf(region: string): PriceTable {
  const file = tableFile(region);
  if (!existsSync(file)) {
    throw new UsageError(
      `there are no prices for ${region}: get them with --update-prices --region ${region}, give a table with --prices <file>, or take another region’s with --prices us-east-1`,
    );
  }
  return readTable(file);
}

/** The table of a region that has one, else the file of that name. */
export function fileOf(regionOrFile: string): string {
  const table = tableFile(regionOrFile);
  return /^[a-z0-9-]+$/.test(regionOrFile) && existsSync(table) ? table : regionOrFile;
}
