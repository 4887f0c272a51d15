import { formatUsd, parseUsd } from '../../prices/money';
import type { Priced, PriceQuestion } from '../../prices/price-usage';
import { estimateUsage, normalizeUsage, type Usage, type UsageSource } from '../../usage/usage';
import { MAX_TOKENS, type RecordInput } from '../record';
import { contentHash, type RequestContent } from './content-hash';
import { cutPrompt } from './prompt';
import type { RequestRow } from './request-row';

/** What answers the question of a request's cost: a price book. */
export interface Prices {
  price(question: PriceQuestion): Priced;
}

/** Why a valid record makes no row. */
export interface RowProblem {
  readonly code: 'usage_unreadable' | 'cost_out_of_range';
  readonly message: string;
}

/** Id, time, project and key of a record. */
export interface RecordIdentity {
  readonly id: string;
  readonly timestamp: Date;
  readonly projectId: string;
  readonly keyId: string;
}

/** What rows are built with. */
export interface RowContext {
  readonly prices: Prices;
  /** Longest prompt that is stored, bytes in UTF-8. */
  readonly maxPromptBytes: number;
}

/** Costs from here on do not fit the column, USD. */
const COST_LIMIT = parseUsd('1000000') as bigint;

/** What is known already of a record's usage and cost. */
export interface Accounted {
  /** The record's, in our terms. */
  readonly usage: Usage;
  readonly source: UsageSource;
  /** What `Prices` answers for the record. Null where nobody has asked. */
  readonly priced: RowPrice | null;
}

/** What a row needs of a price, without its parts: many rows may wait for the database. */
export type RowPrice = Pick<Priced, 'cost' | 'listCost' | 'pricing' | 'rule'>;

/** No cost, with the decimals of the columns. */
const ZERO = formatUsd(0n);

const NO_TOKENS = { input: 0, cachedInput: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, reasoning: 0 };

/** The usage that a record reports. A failed request without a usage is taken for one of 0 tokens, as an estimate. */
function usageOf(record: RecordInput): { usage: Usage; source: UsageSource } | RowProblem {
  if (record.usage !== undefined) {
    const usage = reportedUsage(record.provider, record.usage);
    return 'code' in usage ? usage : { usage, source: 'reported' };
  }
  if (record.tokens !== undefined) {
    const {
      input,
      cached_input = 0,
      cache_write_5m = 0,
      cache_write_1h = 0,
      output,
      reasoning = 0,
    } = record.tokens;
    const tokens = {
      ...{ input, cachedInput: cached_input, cacheWrite5m: cache_write_5m, cacheWrite1h: cache_write_1h },
      ...{ output, reasoning },
    };
    return { usage: { tokens, units: record.units ?? {} }, source: 'reported' };
  }
  if (record.characters !== undefined) {
    const { prompt, output } = record.characters;
    return { usage: estimateUsage(prompt, output), source: 'estimated' };
  }
  return {
    usage: { tokens: NO_TOKENS, units: {} },
    source: record.status === 'active' ? 'reported' : 'estimated',
  };
}

/** A provider's usage in our terms, as the columns hold it. */
export function reportedUsage(provider: string, raw: unknown): Usage | RowProblem {
  const normalized = normalizeUsage(provider, raw);
  const message = normalized.ok ? usageProblem(normalized.usage) : normalized.message;
  if (normalized.ok && message === undefined) return normalized.usage;
  return { code: 'usage_unreadable', message: String(message) };
}

/** Counts that the columns do not hold; undefined where all fit. */
function usageProblem({ tokens, units }: Usage): string | undefined {
  for (const counts of [tokens as unknown as Record<string, number>, units]) {
    for (const name in counts) {
      const count = counts[name] ?? 0;
      if (Number.isSafeInteger(count) && count >= 0 && count <= MAX_TOKENS) continue;
      return `usage: ${name} must be a whole number from 0 to ${MAX_TOKENS}, got ${count}`;
    }
  }
  if (tokens.cachedInput + tokens.cacheWrite5m + tokens.cacheWrite1h > tokens.input) {
    return `usage: the cached and written tokens must be at most the input tokens (${tokens.input})`;
  }
  return tokens.reasoning > tokens.output
    ? `usage: the reasoning tokens must be at most the output tokens (${tokens.output})`
    : undefined;
}

function contentOf(record: RecordInput, { tokens, units }: Usage, usageSource: UsageSource): RequestContent {
  return {
    userId: record.user,
    provider: record.provider,
    model: record.model,
    serviceTier: record.service_tier ?? null,
    region: record.region ?? null,
    inputTokens: tokens.input,
    cachedInputTokens: tokens.cachedInput,
    cacheWriteTokens: tokens.cacheWrite5m + tokens.cacheWrite1h,
    cacheWrite1hTokens: tokens.cacheWrite1h,
    outputTokens: tokens.output,
    reasoningTokens: tokens.reasoning,
    units: Object.keys(units).length === 0 ? null : units,
    usageSource,
    latencyMs: record.latency_ms ?? null,
    status: record.status,
    cacheHit: record.cache_hit ?? false,
    errorCode: record.error_code ?? null,
    tags: record.tags ?? {},
  };
}

/** Whether a cost fits its columns. */
export function isCostInRange({ cost, listCost }: RowPrice): boolean {
  return cost < COST_LIMIT && listCost < COST_LIMIT;
}

/** Columns of a row that follow from its price. */
export type CostColumns = Pick<RequestRow, 'cost' | 'listCost' | 'savedCost' | 'pricing' | 'priceRule'>;

/** An answer of the platform's own cache costs nothing; what the call would have cost is saved. */
export function costColumns(priced: RowPrice, cacheHit: boolean): CostColumns {
  const { pricing, rule } = priced;
  const cost = formatUsd(priced.cost);
  return {
    cost: cacheHit ? ZERO : cost,
    listCost: cacheHit ? ZERO : formatUsd(priced.listCost),
    savedCost: cacheHit ? cost : ZERO,
    pricing,
    priceRule: rule,
  };
}

const NOT_YET_PRICED: CostColumns = {
  cost: ZERO,
  listCost: null,
  savedCost: ZERO,
  pricing: 'priced',
  priceRule: null,
};

/**
 * Reads a record's usage, prices it and makes its row.
 * @param accounted what is known already, so that it is not read and priced again. @default - nothing
 */
export function buildRow(
  record: RecordInput,
  identity: RecordIdentity,
  { prices, maxPromptBytes }: RowContext,
  accounted: Accounted | null = null,
): RequestRow | RowProblem {
  const reported = accounted ?? usageOf(record);
  if ('code' in reported) return reported;
  const content = contentOf(record, reported.usage, reported.source);
  const prompt = cutPrompt(record.prompt ?? '', maxPromptBytes);
  if (record.status === 'active') return rowOf(identity, content, prompt, NOT_YET_PRICED);
  const { provider, model, serviceTier, region } = content;
  const { timestamp: at, projectId } = identity;
  const { usage } = reported;
  const priced =
    accounted?.priced ?? prices.price({ provider, model, serviceTier, region, at, projectId, usage });
  if (!isCostInRange(priced)) {
    const message = `The cost must be below ${formatUsd(COST_LIMIT, 0)} USD, got ${formatUsd(priced.cost)}: check the tokens and the price of ${model}`;
    return { code: 'cost_out_of_range', message };
  }
  return rowOf(identity, content, prompt, costColumns(priced, content.cacheHit));
}

/** Names each column: spreading objects of this size takes V8 longer than all the rest of a row. */
function rowOf(
  identity: RecordIdentity,
  content: RequestContent,
  prompt: string,
  costs: CostColumns,
): RequestRow {
  return {
    id: identity.id,
    timestamp: identity.timestamp,
    projectId: identity.projectId,
    keyId: identity.keyId,
    userId: content.userId,
    provider: content.provider,
    model: content.model,
    serviceTier: content.serviceTier,
    region: content.region,
    prompt,
    inputTokens: content.inputTokens,
    cachedInputTokens: content.cachedInputTokens,
    cacheWriteTokens: content.cacheWriteTokens,
    cacheWrite1hTokens: content.cacheWrite1hTokens,
    outputTokens: content.outputTokens,
    reasoningTokens: content.reasoningTokens,
    units: content.units,
    cost: costs.cost,
    listCost: costs.listCost,
    savedCost: costs.savedCost,
    pricing: costs.pricing,
    usageSource: content.usageSource,
    priceRule: costs.priceRule,
    latencyMs: content.latencyMs,
    status: content.status,
    cacheHit: content.cacheHit,
    errorCode: content.errorCode,
    tags: content.tags,
    contentHash: contentHash(content),
  };
}
