import { formatDecimal, formatUsd } from '../../service/prices/money';
import { type PriceRow, SINCE_EVER } from '../../service/prices/price-row';
import { EXACT_DECIMALS } from '../../service/prices/price-usage';

/** Headings of `priceCells`. */
export const PRICE_HEADINGS = ['provider', 'model', 'unit', 'for', 'USD/million', 'from', 'until', 'source'];

/** A price as cells of a table. */
export function priceCells(row: PriceRow): string[] {
  return [
    row.provider,
    row.model,
    row.unit,
    conditions(row),
    usdPerMillion(row),
    row.validFrom.getTime() === SINCE_EVER.getTime() ? '' : day(row.validFrom),
    row.validUntil === null ? '' : day(row.validUntil),
    row.source,
  ];
}

/** The price of a million units, without zeros at the end. */
export function usdPerMillion(row: PriceRow): string {
  return trimZeros(formatUsd(row.usdPerMillion, 12));
}

/** An unrounded cost, without zeros at the end. */
export function exactUsd(exact: bigint): string {
  return trimZeros(formatDecimal(exact, EXACT_DECIMALS));
}

/** What a price is for, apart from its unit; empty for any request. */
function conditions({ serviceTier, region, aboveInputTokens, daily, projectId }: PriceRow): string {
  return [
    serviceTier === 'standard' ? '' : serviceTier,
    region,
    aboveInputTokens === 0 ? '' : `>${aboveInputTokens} input`,
    daily === null ? '' : `${hour(daily.fromSeconds)}-${hour(daily.untilSeconds)} UTC`,
    projectId === null ? '' : `project ${projectId}`,
  ]
    .filter((text) => text !== '')
    .join(', ');
}

/** A day, or the whole time where it is not midnight UTC. */
function day(time: Date): string {
  return time.toISOString().replace('T00:00:00.000Z', '');
}

function hour(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 16);
}

function trimZeros(decimal: string): string {
  return decimal.replace(/\.?0+$/, '');
}
