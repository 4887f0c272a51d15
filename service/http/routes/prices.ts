import { z } from 'zod';
import { pageOf } from '../../access/page';
import type { Database } from '../../database/pools';
import { explainPart } from '../../prices/explain-part';
import { listPrices } from '../../prices/list-prices';
import { formatUsd } from '../../prices/money';
import type { PriceStore } from '../../prices/price-store';
import type { CostPart, PriceQuestion } from '../../prices/price-usage';
import { normalizeUsage } from '../../usage/usage';
import { ProblemError } from '../problem';
import {
  answers,
  isoOrNull,
  limitSchema,
  listSchema,
  textSchema,
  timeSchema,
  timestampSchema,
} from '../schemas';
import type { Server } from '../server-types';

export interface PriceRoutesProps {
  readonly database: Pick<Database, 'reads'>;
  /** The current price book. */
  readonly prices: Pick<PriceStore, 'price'>;
  readonly now: () => Date;
}

const priceSchema = z
  .object({
    id: z.uuid(),
    provider: z.string(),
    model: z.string(),
    unit: z.string().describe('Billed unit, such as input or cached_input'),
    service_tier: z.string(),
    region: z.string().describe('Empty for all regions'),
    above_input_tokens: z.int().describe('The price applies to requests with more input tokens'),
    usd_per_million: z.string().describe('USD for a million units'),
    valid_from: timestampSchema,
    valid_until: timestampSchema.nullable(),
    source: z.string(),
    project: z.uuid().nullable().describe('null: for all projects'),
  })
  .meta({ id: 'Price' });

const usageText = textSchema(10_000)
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .describe("The provider's own usage object, JSON");

const explainQuery = z.object({
  provider: textSchema(64),
  model: textSchema(256),
  usage: usageText,
  at: timeSchema.optional().describe('Time of the request. Default: now'),
  service_tier: textSchema(64).optional(),
  region: textSchema(64).optional(),
});

const explanationSchema = z.object({
  cost_usd: z.string(),
  list_cost_usd: z.string(),
  pricing: z.enum(['priced', 'partial', 'unpriced']),
  rule: z.string().nullable().describe("Rule that matched the model's name"),
  parts: z.array(
    z.object({
      unit: z.string(),
      count: z.number(),
      usd_per_million: z.string().nullable(),
      reason: z.string().describe('Why this price applied, or why none did'),
    }),
  ),
});

/** Project of a question about prices by a key of the organisation, which has none of its own. */
const NO_PROJECT = '00000000-0000-7000-8000-000000000001';

const access = { roles: ['read', 'admin'] } as const;

/** Prices: the stored ones, and why a usage costs what it costs. */
export function priceRoutes(app: Server, { database, prices, now }: PriceRoutesProps, prefix: string): void {
  app.get(
    `${prefix}/prices`,
    {
      config: { access },
      schema: {
        operationId: 'listPrices',
        tags: ['prices'],
        summary: 'Stored prices; models without one have the built-in prices',
        querystring: z.object({
          provider: textSchema(64).optional(),
          model: textSchema(256).optional(),
          limit: limitSchema(1000),
          cursor: z.uuid().optional(),
        }),
        response: answers({ 200: listSchema(priceSchema) }),
      },
    },
    async ({ principal, query: { cursor, ...query } }) => {
      const found = await listPrices(database.reads, {
        ...query,
        projectId: principal.projectId,
        after: cursor,
      });
      const { rows, nextCursor } = pageOf(found, query.limit, ({ id }) => id);
      const data = rows.map(({ project_id, valid_from, valid_until, ...row }) => ({
        ...row,
        valid_from: valid_from.toISOString(),
        valid_until: isoOrNull(valid_until),
        project: project_id,
      }));
      return { data, next_cursor: nextCursor };
    },
  );
  app.get(
    `${prefix}/prices/explain`,
    {
      config: { access },
      schema: {
        operationId: 'explainPrice',
        tags: ['prices'],
        summary: 'What a usage costs, part by part, and why',
        querystring: explainQuery,
        response: answers({ 200: explanationSchema }),
      },
    },
    async ({ principal, query }) => {
      const question = toQuestion(query, principal.projectId ?? NO_PROJECT, now());
      const { cost, listCost, pricing, rule, parts } = prices.price(question);
      return {
        cost_usd: formatUsd(cost),
        list_cost_usd: formatUsd(listCost),
        pricing,
        rule,
        parts: parts.map((part) => toPart(part, question)),
      };
    },
  );
}

function toQuestion(query: z.output<typeof explainQuery>, projectId: string, now: Date): PriceQuestion {
  const usage = normalizeUsage(query.provider, query.usage);
  if (!usage.ok) throw new ProblemError({ status: 400, code: 'invalid_query', detail: usage.message });
  return {
    provider: query.provider,
    model: query.model,
    at: query.at ?? now,
    usage: usage.usage,
    serviceTier: query.service_tier ?? null,
    region: query.region ?? null,
    projectId,
  };
}

function toPart(part: CostPart, question: PriceQuestion) {
  return {
    unit: part.unit,
    count: part.count,
    usd_per_million: part.price === null ? null : formatUsd(part.price.usdPerMillion, 12),
    reason: explainPart(part, question),
  };
}
