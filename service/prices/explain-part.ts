import { SINCE_EVER, STANDARD_TIER } from './price-row';
import type { CostPart, PriceQuestion } from './priced';

/** Why a price applied to a part of a cost, or why none did: a sentence without a full stop. */
export function explainPart(
  { unit, price, discountBasisPoints }: CostPart,
  { usage, serviceTier }: PriceQuestion,
): string {
  if (price === null) {
    return `no price of ${unit} applies to this model at this time in service tier ${serviceTier ?? STANDARD_TIER}`;
  }
  const { source, provider, model, projectId, region, aboveInputTokens, daily } = price;
  const reasons: readonly [applies: boolean, reason: string][] = [
    [true, `${source} price of ${provider}/${model}`],
    [price.unit !== unit, `${unit} has no price of its own and is billed as ${price.unit}`],
    [projectId !== null, "the project's own price"],
    [region !== '', `for region ${region}`],
    [price.serviceTier !== STANDARD_TIER, `for service tier ${price.serviceTier}`],
    [aboveInputTokens > 0, `${usage.tokens.input} input tokens are more than ${aboveInputTokens}`],
    [daily !== null, 'for this time of day'],
    [price.validFrom > SINCE_EVER, `valid from ${price.validFrom.toISOString()}`],
    [price.validUntil !== null, `valid until ${price.validUntil?.toISOString()}`],
    [discountBasisPoints > 0, `less the project's discount of ${discountBasisPoints / 100} %`],
  ];
  return reasons.flatMap(([applies, reason]) => (applies ? [reason] : [])).join('; ');
}
