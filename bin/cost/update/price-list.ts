import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { type AwsClientProps, awsClientConfig, callAws } from '../../../service/shared/aws-call';
import { CallError } from '../../../service/shared/call-error';
import type { RetryPolicy, Waiting } from '../../../service/shared/retry';
import type { ProductQuery } from '../prices/product';

/** The API is in three regions only; this one has the prices of all. */
const API_REGION = 'us-east-1';

/** A page has up to 100 products of some kilobytes. */
const RETRIES: RetryPolicy = {
  attempts: 5,
  attemptMs: 20_000,
  deadlineMs: 90_000,
  baseDelayMs: 500,
  maxDelayMs: 10_000,
};

/** Most results of a query; no correct query of this repository has more. */
const MAX_PAGES = 10;

/** The AWS Price List API. https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html */
export class PriceList {
  private readonly client: PricingClient;
  private readonly retries: RetryPolicy;
  private readonly waiting: Waiting | undefined;

  constructor(props: AwsClientProps = {}) {
    this.retries = { ...RETRIES, ...props.retries };
    this.waiting = props.waiting;
    this.client = new PricingClient(awsClientConfig({ region: API_REGION, ...props }, this.retries));
  }

  /**
   * Products as the API tells them, one JSON text each.
   * @throws {CallError}
   */
  async productsOf(query: ProductQuery, region: string): Promise<readonly string[]> {
    const products: string[] = [];
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { PriceList = [], NextToken } = await this.page(query, region, token);
      products.push(...PriceList.map(String));
      token = NextToken;
      if (!token) return products;
    }
    throw new CallError(
      'malformed-answer',
      `GetProducts of ${query.usageType}: more than ${MAX_PAGES} pages`,
    );
  }

  private page(query: ProductQuery, region: string, token: string | undefined) {
    const { serviceCode, usageType, attributes, regionAttribute } = query;
    const exact = { ...attributes, ...(regionAttribute !== null && { [regionAttribute]: region }) };
    const command = new GetProductsCommand({
      ServiceCode: serviceCode,
      Filters: [
        { Type: 'CONTAINS', Field: 'usagetype', Value: usageType },
        ...Object.entries(exact).map(([Field, Value]) => ({ Type: 'TERM_MATCH' as const, Field, Value })),
      ],
      FormatVersion: 'aws_v1',
      NextToken: token,
    });
    return callAws(
      `GetProducts of ${serviceCode} ${usageType}`,
      (abortSignal) => this.client.send(command, { abortSignal }),
      this.retries,
      this.waiting,
    );
  }
}
