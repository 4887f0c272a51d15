import { z } from 'zod';
import type { Product } from '../prices/product';

/** What an answer says about a product: its price, or why there is none. */
export type Finding =
  | { readonly usd: number; readonly publicationDate: string | undefined }
  | { readonly reason: string };

/** An answer in a form that the API does not document; the run stops and changes nothing. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

const dimensionSchema = z.object({
  unit: z.string(),
  beginRange: z.string().optional(),
  pricePerUnit: z.object({ USD: z.string().regex(/^\d+(\.\d+)?$/) }),
});

const offerSchema = z.object({
  product: z.object({ attributes: z.object({ usagetype: z.string() }) }),
  publicationDate: z.string().optional(),
  terms: z.object({
    OnDemand: z
      .record(z.string(), z.object({ priceDimensions: z.record(z.string(), dimensionSchema) }))
      .optional(),
  }),
});

type Offer = z.infer<typeof offerSchema>;
type Dimension = z.infer<typeof dimensionSchema>;

/**
 * The price of a product among what a query found: at the first tier that costs anything.
 * @param answers products as JSON
 * @throws AnswerError on an answer of another form
 */
export function understand({ unit, query }: Product, answers: readonly string[]): Finding {
  const offers = answers.map(parseOffer).filter((offer) => isOf(offer, query.usageType));
  const dimensions = offers.flatMap((offer) =>
    firstPaid(offer).map((dimension) => ({ ...dimension, publicationDate: offer.publicationDate })),
  );
  const [first] = dimensions;
  if (!first) return { reason: offers.length === 0 ? 'not found' : 'no on-demand price above 0' };
  const prices = new Set(dimensions.map(({ pricePerUnit }) => pricePerUnit.USD));
  if (prices.size > 1)
    return { reason: `${dimensions.length} products fit, at ${[...prices].join(', ')} USD` };
  if (kindOf(first.unit) !== kindOf(unit)) return { reason: `its unit is ${first.unit}, not ${unit}` };
  // 0.0000002 x 1,000,000 is not quite 0.2.
  const usd = Number((Number(first.pricePerUnit.USD) * query.times).toPrecision(12));
  return { usd, publicationDate: first.publicationDate };
}

function parseOffer(text: string): Offer {
  try {
    return offerSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AnswerError(
      `the Price List API answered something else than a product: ${text.slice(0, 200)}`,
      {
        cause: error,
      },
    );
  }
}

/** Before a usage type stands the region’s code (`EU-`, `USE1-`), its name (KMS), or nothing (us-east-1). */
function isOf({ product }: Offer, usageType: string): boolean {
  const name = product.attributes.usagetype.replace(/^([A-Z0-9]{2,5}-|[a-z]{2}(-[a-z]+)+-\d-)/, '');
  return name === usageType || name === `CW:${usageType}` || product.attributes.usagetype === usageType;
}

function firstPaid({ terms }: Offer): Dimension[] {
  const dimensions = Object.values(terms.OnDemand ?? {}).flatMap(({ priceDimensions }) =>
    Object.values(priceDimensions),
  );
  const paid = dimensions
    .filter(({ pricePerUnit }) => Number(pricePerUnit.USD) > 0)
    .sort((one, other) => Number(one.beginRange ?? 0) - Number(other.beginRange ?? 0));
  return paid.slice(0, 1);
}

/** Kind of a unit: `Hrs`, `hours` and `vCPU-hour` are hours; counted things are another kind. */
function kindOf(unit: string): string {
  const name = unit.toLowerCase();
  if (/gb-?\s?(mo|month)/.test(name)) return 'GB-month';
  if (/gb-?\s?second/.test(name)) return 'GB-second';
  if (/^(gb|gigabytes?)$/.test(name)) return 'GB';
  if (/(^|-|\s)(hrs?|hours?)$/.test(name)) return 'hour';
  return 'count';
}
