import type { Product } from './product';
import { PRODUCT_FAMILIES } from './product-families';
import { PRODUCTS } from './products';

/** The product of a price key; undefined for an unknown key. */
export function productOf(key: string): Product | undefined {
  if (key in PRODUCTS) return PRODUCTS[key];
  for (const family of PRODUCT_FAMILIES) {
    const [, type, deployment = ''] = family.key.exec(key) ?? [];
    if (type !== undefined) return family.product(type, deployment);
  }
  return undefined;
}
