import { STANDARD_TIER } from './price-row';
import type { CostPart, PriceQuestion } from './price-usage';

/** Why a price applied to a part of a cost, or why none did: a sentence without a full stop. */
export function explainPart(
  { unit, price, rule, discountBasisPoints }: CostPart,
  { usage, serviceTier }: PriceQuestion,
): string {
  if (price === null) {
    return `no price of ${unit} applies to this model at this time, in service tier ${serviceTier ?? STANDARD_TIER}`;
  }
  return [
    `${price.source} price of ${price.provider}/${price.model}, found by ${rule}`,
    price.unit === unit ? '' : `${unit} has no price of its own and is billed as ${price.unit}`,
    price.projectId === null ? '' : "the project's own price",
    price.region === '' ? '' : `region ${price.region}`,
    price.serviceTier === STANDARD_TIER ? '' : `service tier ${price.serviceTier}`,
    price.aboveInputTokens === 0
      ? ''
      : `${usage.tokens.input} input tokens are more than ${price.aboveInputTokens}`,
    price.daily === null ? '' : 'this time of day',
    discountBasisPoints === 0 ? '' : `less the project's ${discountBasisPoints / 100} %`,
  ]
    .filter((text) => text !== '')
    .join('; ');
}
