import type { CostSum } from './cost-sums';

/** One charge: a day's requests of a project to a model. */
export interface FocusCharge {
  /** First instant of the day in UTC. */
  readonly day: Date;
  readonly projectId: string;
  readonly projectName: string;
  readonly provider: string;
  readonly model: string;
  readonly measures: CostSum['measures'];
}

/** The account that providers bill. */
export interface FocusAccount {
  readonly id: string;
  readonly name: string;
}

const DAY_MS = 86_400_000;

/** Columns of the export in order, with their values. A null is an empty cell; `x_` are columns of our own. */
const COLUMNS: readonly (readonly [
  string,
  (charge: FocusCharge, account: FocusAccount) => string | number | null,
])[] = [
  ['BilledCost', ({ measures }) => measures.cost_usd],
  ['BillingAccountId', (_, { id }) => id],
  ['BillingAccountName', (_, { name }) => name],
  ['BillingCurrency', () => 'USD'],
  ['BillingPeriodEnd', ({ day }) => instant(startOfMonth(day, 1))],
  ['BillingPeriodStart', ({ day }) => instant(startOfMonth(day, 0))],
  ['ChargeCategory', () => 'Usage'],
  // Null: no correction of a closed billing period.
  ['ChargeClass', () => null],
  ['ChargeDescription', ({ provider, model }) => `Requests to ${model} of ${provider}`],
  ['ChargeFrequency', () => 'Usage-Based'],
  ['ChargePeriodEnd', ({ day }) => instant(day.getTime() + DAY_MS)],
  ['ChargePeriodStart', ({ day }) => instant(day.getTime())],
  ['ConsumedQuantity', tokensOf],
  ['ConsumedUnit', () => 'Tokens'],
  ['ContractedCost', ({ measures }) => measures.cost_usd],
  ['EffectiveCost', ({ measures }) => measures.cost_usd],
  ['HostProviderName', ({ provider }) => provider],
  ['InvoiceIssuerName', ({ provider }) => provider],
  ['ListCost', ({ measures }) => measures.list_cost_usd],
  ['PricingCategory', () => 'Standard'],
  ['PricingQuantity', tokensOf],
  ['PricingUnit', () => 'Tokens'],
  ['ProviderName', ({ provider }) => provider],
  ['PublisherName', ({ provider }) => provider],
  ['ServiceCategory', () => 'AI and Machine Learning'],
  ['ServiceName', ({ model }) => model],
  ['ServiceProviderName', ({ provider }) => provider],
  ['ServiceSubcategory', () => 'Generative AI'],
  ['SkuId', ({ provider, model }) => `${provider}/${model}`],
  ['SubAccountId', ({ projectId }) => projectId],
  ['SubAccountName', ({ projectName }) => projectName],
  ['SubAccountType', () => 'Project'],
  ['x_Requests', ({ measures }) => measures.requests],
  ['x_InputTokens', ({ measures }) => measures.input_tokens],
  ['x_CachedInputTokens', ({ measures }) => measures.cached_input_tokens],
  ['x_OutputTokens', ({ measures }) => measures.output_tokens],
  ['x_SavedCost', ({ measures }) => measures.saved_cost_usd],
  ['x_UnpricedRequests', ({ measures }) => measures.unpriced_requests],
  ['x_EstimatedRequests', ({ measures }) => measures.estimated_requests],
];

/** Names of the export's columns, in order. */
export const FOCUS_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name);

/** Cells of a charge, in the order of `FOCUS_COLUMNS`. */
export function focusCells(charge: FocusCharge, account: FocusAccount): (string | number | null)[] {
  return COLUMNS.map(([, toCell]) => toCell(charge, account));
}

function tokensOf({ measures }: FocusCharge): number {
  return measures.input_tokens + measures.output_tokens;
}

function startOfMonth(day: Date, monthsLater: number): number {
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + monthsLater, 1);
}

/** The specification's format of times: ISO 8601 in UTC, whole seconds. */
function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}
