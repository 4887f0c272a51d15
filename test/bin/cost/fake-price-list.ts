import { FakeAws } from '../../helpers/fake-aws/fake-aws';
import type { Answer, ReceivedRequest } from '../../helpers/fault-server';

/** Products of a page: fewer than the API's 100, so that pages are turned. */
const PAGE = 2;

type Attributes = Readonly<Record<string, string>>;

interface GetProducts {
  readonly ServiceCode: string;
  readonly Filters: readonly { readonly Type: string; readonly Field: string; readonly Value: string }[];
  readonly NextToken?: string;
}

/** A product as the Price List has it. */
export interface ListedProduct {
  readonly serviceCode: string;
  readonly attributes: Attributes;
  /** Tiers: USD by the quantity that they begin at. */
  readonly tiers: Readonly<Record<string, string>>;
  readonly unit: string;
}

/** The AWS Price List API's GetProducts in AWS JSON 1.1. */
export class FakePriceList extends FakeAws {
  readonly products: ListedProduct[] = [];
  /** What stands in the list instead of a product. */
  readonly oddities: string[] = [];

  static async start(): Promise<FakePriceList> {
    const fake = new FakePriceList('pricing');
    await fake.server.listen();
    return fake;
  }

  /** Forgets products, faults and requests. */
  reset(): void {
    this.products.length = 0;
    this.oddities.length = 0;
    this.server.reset();
  }

  protected answer({ method, headers, body }: ReceivedRequest): Answer {
    if (method !== 'POST' || headers['x-amz-target'] !== 'AWSPriceListService.GetProducts') {
      return this.refusal(400, 'UnknownOperationException', `unknown ${headers['x-amz-target']}`);
    }
    const { ServiceCode, Filters, NextToken = '0' } = JSON.parse(body.toString()) as GetProducts;
    const fits = ({ serviceCode, attributes }: ListedProduct) =>
      serviceCode === ServiceCode && Filters.every((filter) => isMet(filter, attributes));
    const all = [...this.products.filter(fits).map(textOf), ...this.oddities];
    const next = Number(NextToken) + PAGE;
    return json(200, {
      FormatVersion: 'aws_v1',
      PriceList: all.slice(Number(NextToken), next),
      ...(next < all.length && { NextToken: String(next) }),
    });
  }

  protected refusal(status: number, code: string, message: string): Answer {
    return json(status, { __type: `com.amazonaws.pricing#${code}`, message });
  }
}

function isMet({ Type, Field, Value }: GetProducts['Filters'][number], attributes: Attributes): boolean {
  const value = attributes[Field] ?? '';
  return Type === 'CONTAINS' ? value.includes(Value) : value === Value;
}

/** The list's own form: ids of offers and rates between the product and its price. */
function textOf({ serviceCode, attributes, tiers, unit }: ListedProduct): string {
  const dimensions = Object.entries(tiers).map(([beginRange, USD], index) => [
    `SKU.JRTCKXETXF.RATE${index}`,
    { unit, beginRange, endRange: 'Inf', pricePerUnit: { USD }, appliesTo: [] },
  ]);
  return JSON.stringify({
    serviceCode,
    product: { productFamily: 'Any', attributes, sku: 'SKU' },
    terms: { OnDemand: { 'SKU.JRTCKXETXF': { priceDimensions: Object.fromEntries(dimensions) } } },
    version: '20261101000000',
    publicationDate: '2026-11-01T00:00:00Z',
  });
}

function json(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
