import { parseUsd } from '../../../service/prices/money';
import { type PriceRow, SINCE_EVER } from '../../../service/prices/price-row';
import type { CostPart, PriceQuestion } from '../../../service/prices/price-usage';
import type { TokenCounts, Usage } from '../../../service/usage/usage';

/** The default project. */
export const PROJECT = '00000000-0000-7000-8000-000000000001';

const NONE: TokenCounts = {
  input: 0,
  cachedInput: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
};

/** A usage; what is left out is 0. */
export function usage(tokens: Partial<TokenCounts>, units: Usage['units'] = {}): Usage {
  return { tokens: { ...NONE, ...tokens }, units };
}

/** A price of `input` of a model `m` of a provider `p` from the beginning on, with changes. */
export function price(usdPerMillion: string, changes: Partial<PriceRow> = {}): PriceRow {
  return {
    provider: 'p',
    model: 'm',
    unit: 'input',
    serviceTier: 'standard',
    region: '',
    aboveInputTokens: 0,
    usdPerMillion: parseUsd(usdPerMillion) as bigint,
    validFrom: SINCE_EVER,
    validUntil: null,
    daily: null,
    source: 'own',
    projectId: null,
    ...changes,
  };
}

/** A question about the model `m` of the provider `p`, with changes. */
export function question(asked: Usage, changes: Partial<PriceQuestion> = {}): PriceQuestion {
  return {
    provider: 'p',
    model: 'm',
    at: new Date('2026-06-15T12:00:00Z'),
    usage: asked,
    serviceTier: null,
    region: null,
    projectId: PROJECT,
    ...changes,
  };
}

/** The sum of the unrounded costs of all parts, 10^-22 USD. */
export function exactCost(parts: readonly CostPart[]): bigint {
  return parts.reduce((sum, part) => sum + part.exactCost, 0n);
}
