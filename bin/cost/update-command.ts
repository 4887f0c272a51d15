import type { AwsClientProps } from '../../lambda/shared/aws-call';
import { CallError } from '../../lambda/shared/call-error';
import { environments } from '../../lib/config/environments';
import { type Terminal, UsageError } from '../cli/command';
import { DEFAULT_ASSUMPTIONS } from './assumptions';
import { estimateEnvironment } from './estimate-environment';
import type { UpdateOptions } from './options';
import { fileOf, tableFile } from './prices/price-table';
import { PriceList } from './update/price-list';
import { AnswerError } from './update/understand';
import { type UpdateResult, updatePrices } from './update/update-prices';

/**
 * `npm run cost -- --update-prices`.
 * @param now ms since 1970
 * @returns exit code: 0 every price is fresh
 */
export async function runUpdate(
  { region, prices, instance }: UpdateOptions,
  terminal: Terminal,
  pricing: AwsClientProps,
  now: number,
): Promise<number> {
  const file = prices === undefined ? tableFile(region) : fileOf(prices);
  const today = new Date(now).toISOString().slice(0, 10);
  const priceList = new PriceList(pricing);
  const neededKeys = Object.keys(environments).flatMap((name) =>
    estimateEnvironment(name, { instance, assumptions: DEFAULT_ASSUMPTIONS }, emptyTables).lines.map(
      ({ priceKey }) => priceKey,
    ),
  );
  try {
    const result = await updatePrices({ region, file, neededKeys, priceList, today });
    for (const line of linesOf(result, region, file)) terminal.print(line);
    return result.kept.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CallError || error instanceof AnswerError)) throw error;
    throw new UsageError(`${error.message}${remedyOf(error)}; ${file} is as it was`, { cause: error });
  }
}

function emptyTables(region: string) {
  return () => ({ region, prices: {} });
}

function remedyOf(error: CallError | AnswerError): string {
  const isRight = error instanceof CallError && (error.kind === 'unauthorized' || error.kind === 'forbidden');
  return isRight ? ' (--update-prices needs AWS credentials that may pricing:GetProducts)' : '';
}

function linesOf({ refreshed, changes, kept }: UpdateResult, region: string, file: string): string[] {
  return [
    `${refreshed} prices of ${region} are fresh in ${file}; ${changes.length} changed, ${kept.length} were not refreshed`,
    ...changes.map(({ key, before, now }) => `  ${key}: ${before ?? 'no price'} -> ${now} USD`),
    ...kept.map(({ key, reason }) => `  ${key} is as it was: ${reason}`),
  ];
}
