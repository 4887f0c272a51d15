/** A thing that AWS sells by one price, and how to find it in the AWS Price List. */
export interface Product {
  /** What the price is for: `hour`, `GB`, `million requests`. */
  readonly unit: string;
  /** Name of the product for a reader. */
  readonly description: string;
  /** How to find the product in the AWS Price List. */
  readonly query: ProductQuery;
}

export interface ProductQuery {
  /** Service code of the AWS Price List, such as AmazonRDS. */
  readonly serviceCode: string;
  /** End of the usage type: before it stands the region’s code, or nothing. */
  readonly usageType: string;
  /** Further attributes by which the product is told from its like. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Number of the Price List’s units in one unit of the product. */
  readonly times: number;
  /** Attribute that says the region; null for a product that has none. */
  readonly regionAttribute: string | null;
}

/** What most products do not need to say. */
export interface ProductDetails {
  /** @default none */
  readonly attributes?: Readonly<Record<string, string>>;
  /** @default 1 */
  readonly times?: number;
  /** @default 'regionCode' */
  readonly regionAttribute?: string | null;
}

/** A product by its name in the Price List. */
export function product(
  description: string,
  unit: string,
  serviceCode: string,
  usageType: string,
  { attributes = {}, times = 1, regionAttribute = 'regionCode' }: ProductDetails = {},
): Product {
  return { description, unit, query: { serviceCode, usageType, attributes, times, regionAttribute } };
}
