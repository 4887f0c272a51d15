import type { LedgerRow, ProviderCall } from './call-ledger';
import { MODELS } from './gateway-calls';

/**
 * List prices of the models that a drill calls, 10^-12 USD a token: 0.15 and 0.60 USD a million (openai.com/api/pricing,
 * GPT-4o mini), 1 and 5 USD a million (claude.com/pricing, Haiku 4.5). Written here again, so that the comparison does
 * not ask the price book that it checks.
 */
const PRICES: Readonly<Record<string, { readonly input: bigint; readonly output: bigint }>> = {
  [MODELS.openai]: { input: 150_000n, output: 600_000n },
  [MODELS.anthropic]: { input: 1_000_000n, output: 5_000_000n },
};

/** Digits of 10^-12 USD after those of a row's cost. */
const PER_ROW_UNIT = 100n;

/** Costs of calls by the provider's own list, and by the ledger. */
export interface CostComparison {
  /** Calls whose answer the provider sent whole and whose row is completed. */
  readonly calls: number;
  /** Sum over these calls by the provider's tokens, USD. */
  readonly providerUsd: string;
  /** Sum over these calls by their rows, USD. */
  readonly ledgerUsd: string;
  /** Ids of rows with other tokens than the provider's, or another cost than these have. */
  readonly differing: readonly string[];
  /** Ids of completed rows whose answer the provider did not send whole. */
  readonly unanswered: readonly string[];
  /** Calls that the provider answered whole, and whose rows say `failed`, such as `abandoned`, at an estimated cost. */
  readonly estimated: number;
  /** Calls that the provider answered more than once: it would bill each answer. */
  readonly answeredTwice: number;
}

/** Compares the costs of rows with what the provider's own list of calls costs. */
export function compareCosts(calls: readonly ProviderCall[], rows: readonly LedgerRow[]): CostComparison {
  const answered = Map.groupBy(
    calls.filter(({ outcome }) => outcome === 'answered'),
    ({ key }) => key,
  );
  const reached = new Set(calls.map(({ key }) => key));
  const completed = rows.filter(({ id, status, cache_hit }) => {
    return status === 'completed' && !cache_hit && reached.has(id);
  });
  const pairs = completed.flatMap((row) => {
    const [call] = answered.get(row.id) ?? [];
    return call === undefined ? [] : [compared(row, call)];
  });
  const failed = rows.filter(({ status }) => status === 'failed');
  return {
    calls: pairs.length,
    providerUsd: usd(pairs.reduce((sum, { provider }) => sum + provider, 0n)),
    ledgerUsd: usd(pairs.reduce((sum, { ledger }) => sum + ledger, 0n)),
    differing: pairs.filter(({ isSame }) => !isSame).map(({ id }) => id),
    unanswered: completed.filter(({ id }) => !answered.has(id)).map(({ id }) => id),
    estimated: failed.filter(({ id }) => answered.has(id)).length,
    answeredTwice: [...answered.values()].filter(({ length }) => length > 1).length,
  };
}

function compared(row: LedgerRow, call: ProviderCall) {
  const [ledger, provider] = [costOfRow(row), costOfCall(call)];
  const hasTokens = row.input_tokens === call.inputTokens && row.output_tokens === call.outputTokens;
  return { id: row.id, ledger, provider, isSame: hasTokens && ledger === provider };
}

/** 0 for a model without a price: its row says `unpriced`. */
function costOfCall({ model, inputTokens, outputTokens }: ProviderCall): bigint {
  const prices = PRICES[model];
  if (prices === undefined) return 0n;
  return BigInt(inputTokens) * prices.input + BigInt(outputTokens) * prices.output;
}

function costOfRow({ cost_usd }: LedgerRow): bigint {
  return BigInt(cost_usd.replace('.', '')) * PER_ROW_UNIT;
}

/** An amount of 10^-12 USD with ten decimals. */
function usd(amount: bigint): string {
  const digits = String(amount / PER_ROW_UNIT).padStart(11, '0');
  return `${digits.slice(0, -10)}.${digits.slice(-10)}`;
}
