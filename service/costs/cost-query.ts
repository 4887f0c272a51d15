import { z } from 'zod';

/** What costs can be grouped by, besides `tag:<name>`. */
export const COST_GROUPS = ['hour', 'day', 'month', 'user', 'project', 'provider', 'model'] as const;

/** A dimension of a cost answer. */
export type CostGroup = (typeof COST_GROUPS)[number] | `tag:${string}`;

/** Which costs a question is about. */
export interface CostFilters {
  /** Project, a UUID. @default - all projects that the key sees */
  readonly project?: string;
  /** Id of the user. @default - all */
  readonly user?: string;
  /** Provider. @default - all */
  readonly provider?: string;
  /** Model. @default - all */
  readonly model?: string;
  /** Tags that the requests must have, by name. @default - none */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A question about costs. */
export interface CostQuery extends CostFilters {
  /** Start, included. */
  readonly from: Date;
  /** End, excluded. */
  readonly to: Date;
  /** IANA name of the time zone of days and months. @default 'UTC' */
  readonly timeZone?: string;
}

/** A question about costs in groups. */
export interface CostGroupQuery extends CostQuery {
  /** One or two dimensions, at most one of hour, day and month. */
  readonly groupBy: readonly CostGroup[];
  /** Most groups of the answer, 1 to 10,000. @default 1000 */
  readonly limit?: number;
}

/** A decimal number of USD with ten decimals. */
const usd = z.string().regex(/^-?\d+\.\d{10}$/);

/** What an answer says of each group. Also the schema of the OpenAPI document. */
export const costMeasuresSchema = z.object({
  cost_usd: usd.describe('What the requests cost, less discounts; unpriced requests add 0 and are counted'),
  list_cost_usd: usd.describe('Cost by public list prices'),
  saved_cost_usd: usd.describe("What answers of the platform's own cache saved"),
  requests: z.int(),
  completed: z.int(),
  failed: z.int(),
  cache_hits: z.int(),
  input_tokens: z.int(),
  cached_input_tokens: z.int(),
  cache_write_tokens: z.int(),
  output_tokens: z.int(),
  reasoning_tokens: z.int(),
  unpriced_requests: z.int().describe('Requests without a price'),
  partial_requests: z.int().describe('Requests of which a part has no price'),
  estimated_requests: z.int().describe('Requests whose usage is estimated'),
});

/** What an answer says of each group. */
export type CostMeasures = z.output<typeof costMeasuresSchema>;

const answer = {
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  time_zone: z.string(),
  as_of: z.iso
    .datetime()
    .describe('Changes after this time may be missing; those of the last minutes are usually there'),
};

export const costSummarySchema = z.object({ ...answer, data: costMeasuresSchema });

/** Totals of a period. */
export type CostSummary = z.output<typeof costSummarySchema>;

export const costGroupsSchema = z.object({
  ...answer,
  group_by: z.array(z.string()),
  truncated: z.boolean().describe('Whether there are more groups than the limit'),
  data: z.array(costMeasuresSchema.catchall(z.union([z.string(), z.number(), z.null()]))),
});

/**
 * Costs in groups. Each row has a field for each dimension: `hour` as RFC 3339 with offset, `day` as YYYY-MM-DD,
 * `month` as YYYY-MM, the others as text; `tag:<name>` is null for requests without the tag.
 */
export type CostGroups = z.output<typeof costGroupsSchema>;
