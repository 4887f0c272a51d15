import { environments } from '../../lib/config/environments';
import type { AwsClientProps } from '../../service/shared/aws-call';
import { CallError } from '../../service/shared/call-error';
import { UsageError } from '../cli/command';
import { DEFAULT_ASSUMPTIONS } from './assumptions';
import { estimateEnvironment } from './estimate-environment';
import type { InstanceType } from './kubernetes/instance-types';
import { fileOf, tableFile } from './prices/price-table';
import { PriceList } from './update/price-list';
import { AnswerError } from './update/understand';
import { type UpdateResult, updatePrices } from './update/update-prices';

export interface UpdateTableProps {
  /** AWS region whose prices are asked for. */
  readonly region: string;
  /** File to write, or the region of a table. @default - the repository’s table of the region */
  readonly prices?: string;
  /** EC2 type of the nodes, whose price is asked for too. */
  readonly instance: InstanceType;
  /** How to reach the AWS Price List API. */
  readonly pricing: AwsClientProps;
  /** Time, ms since 1970. */
  readonly now: number;
}

/** What an update did. */
export interface UpdatedTable {
  /** What changed and what was not refreshed, as text. */
  readonly lines: readonly string[];
  /** Whether every price is fresh. */
  readonly isComplete: boolean;
}

/**
 * Refreshes a price table from the AWS Price List API.
 * @throws UsageError where the API does not answer or the answer is not understood; the table stays as it is
 */
export async function updateTable(props: UpdateTableProps): Promise<UpdatedTable> {
  const { region, prices, instance, pricing, now } = props;
  const file = prices === undefined ? tableFile(region) : fileOf(prices);
  const today = new Date(now).toISOString().slice(0, 10);
  const priceList = new PriceList(pricing);
  try {
    const neededKeys = keysOfEnvironments(instance);
    const result = await updatePrices({ region, file, neededKeys, priceList, today });
    return { lines: linesOf(result, region, file), isComplete: result.kept.length === 0 };
  } catch (error) {
    if (!(error instanceof CallError || error instanceof AnswerError)) throw error;
    throw new UsageError(`${error.message}${remedyOf(error)}; ${file} is unchanged`, { cause: error });
  }
}

/** Keys of every price that an environment needs. */
function keysOfEnvironments(instance: InstanceType): string[] {
  const settings = { instance, assumptions: DEFAULT_ASSUMPTIONS };
  const emptyTables = (region: string) => () => ({ region, prices: {} });
  return Object.keys(environments).flatMap((name) =>
    estimateEnvironment(name, settings, emptyTables).lines.map(({ priceKey }) => priceKey),
  );
}

function remedyOf(error: CallError | AnswerError): string {
  const isRight = error instanceof CallError && (error.kind === 'unauthorized' || error.kind === 'forbidden');
  return isRight ? ' (--update-prices needs AWS credentials that may pricing:GetProducts)' : '';
}

function linesOf({ refreshed, changes, kept }: UpdateResult, region: string, file: string): string[] {
  return [
    `${refreshed} prices of ${region} are fresh in ${file}; ${changes.length} changed, ${kept.length} were not refreshed`,
    ...changes.map(({ key, before, now }) => `  ${key}: ${before ?? 'no price'} -> ${now} USD`),
    ...kept.map(({ key, reason }) => `  ${key} is unchanged: ${reason}`),
  ];
}
