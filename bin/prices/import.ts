import { readFile } from 'node:fs/promises';
import { writeAudit } from '../../service/access/audit';
import { builtInPrices } from '../../service/prices/built-in-prices';
import { readPriceCsv } from '../../service/prices/import-csv';
import { readLiteLlm } from '../../service/prices/import-litellm';
import { importPrices, type PriceImport, type PriceImportResult } from '../../service/prices/import-prices';
import type { ImportedPrices } from '../../service/prices/import-result';
import { type Terminal, UsageError } from '../cli/command';
import { textTable } from '../cli/text-table';
import { withTarget } from '../db/target';
import { PRICE_HEADINGS, priceCells, usdPerMillion } from './format-price';
import { type PricesCall, queryable } from './prices-call';

/** Problems of a file that are printed. */
const MAX_PROBLEMS = 20;

/** What an import brings. */
type Incoming = Pick<PriceImport, 'incoming' | 'rules'>;

/** `update`: stores the prices that came with this build, with the rules of model names. */
export async function update(call: PricesCall, terminal: Terminal): Promise<number> {
  const { prices, models } = await builtInPrices();
  return await apply(call, { incoming: prices, rules: models }, terminal);
}

/** `import`: stores prices of a file. @throws UsageError with each problem of the file */
export async function importFile(call: PricesCall, terminal: Terminal): Promise<number> {
  const [file = ''] = call.operands;
  const { rows, problems, ignored } = await readPrices(file);
  if (problems.length > 0) {
    const shown = problems.slice(0, MAX_PROBLEMS).map((problem) => `${file}: ${problem}`);
    const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more`] : [];
    throw new UsageError([...shown, ...more].join('\n'));
  }
  for (const what of ignored) terminal.print(`not imported: ${what}`);
  return await apply(call, { incoming: rows }, terminal);
}

async function readPrices(file: string): Promise<ImportedPrices> {
  if (!/\.(csv|json)$/i.test(file)) throw new UsageError(`file must end with .csv or .json, got ${file}`);
  try {
    const text = await readFile(file, 'utf8');
    return /\.csv$/i.test(file) ? readPriceCsv(text) : readLiteLlm(text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(`file must be a file that can be read, got ${file} (${code})`, { cause: error });
  }
}

async function apply(call: PricesCall, incoming: Incoming, { print, printError }: Terminal): Promise<number> {
  const known = (await builtInPrices()).prices;
  const { dryRun, confirmed, now } = call;
  const result = await withTarget(call.login(), async (client) => {
    const connection = queryable(client);
    await client.query('BEGIN');
    const done = await importPrices(connection, { ...incoming, known, now, dryRun, confirmed });
    if (done.applied) {
      const detail = { added: done.added.length, ended: done.ended.length };
      const entry = {
        actor: 'npm run prices',
        projectId: null,
        subject: call.operands[0] ?? 'update',
        detail,
      };
      await writeAudit(connection, { ...entry, action: 'prices.import' }, now);
    }
    await client.query(done.applied ? 'COMMIT' : 'ROLLBACK');
    return done;
  });
  for (const line of formatChanges(result)) print(line);
  if (result.applied || dryRun) return 0;
  printError(
    `nothing is imported; prices to confirm: ${result.outlying.length}. Each is at least 100 times another price of its unit, or at most a hundredth of it; check them and repeat with --yes`,
  );
  return 1;
}

/** The lines of what an import changes. */
function formatChanges({ added, ended, unchanged, skipped, outlying, applied }: PriceImportResult): string[] {
  return [
    ...(added.length === 0
      ? []
      : textTable([PRICE_HEADINGS, ...added.map(priceCells)], (column) => column === 4)),
    ...skipped.map(
      ({ row, reason }) =>
        `skipped ${row.provider}/${row.model} ${row.unit} at ${usdPerMillion(row)}: ${reason}`,
    ),
    ...outlying.map(
      ({ row, other }) =>
        `${row.provider}/${row.model} ${row.unit}: ${usdPerMillion(row)} USD a million, but ${usdPerMillion(other)} by ${other.source}`,
    ),
    `${applied ? 'Imported' : 'Would import'}: ${added.length} new prices, ${ended.length} ended, ${unchanged} unchanged, ${skipped.length} skipped`,
  ];
}
