import { normalizeName } from '../../service/prices/model-names';
import { type Terminal, UsageError } from '../cli/command';
import { textTable } from '../cli/text-table';
import { PRICE_HEADINGS, priceCells } from './format-price';
import { type PricesCall, priceData } from './prices-call';

/** Column of the price, which is aligned to the right. */
const PRICE_COLUMN = PRICE_HEADINGS.indexOf('USD/million');

/** `list`: the prices in force and those to come. @throws UsageError where there are none */
export async function list(call: PricesCall, { print }: Terminal): Promise<number> {
  const [provider, model] = call.operands.map(normalizeName);
  const { prices } = await priceData(call);
  const rows = prices.filter(
    (row) =>
      (row.validUntil === null || row.validUntil > call.now) &&
      (provider === undefined || normalizeName(row.provider) === provider) &&
      (model === undefined || normalizeName(row.model) === model),
  );
  if (rows.length === 0) {
    throw new UsageError(
      `no price of ${call.operands.join('/') || 'any model'}: list takes the ids of the price book, and explain any name`,
    );
  }
  const lines = textTable([PRICE_HEADINGS, ...rows.map(priceCells)], (column) => column === PRICE_COLUMN);
  for (const line of lines) print(line);
  return 0;
}
