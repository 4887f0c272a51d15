import type { Client } from 'pg';
import type { UsageBucket, UsageSums } from './usage-buckets';

/** A time for which the provider and the rows say something else. */
export interface UsageDifference {
  /** RFC 3339. */
  readonly from: string;
  /** RFC 3339, excluded. */
  readonly to: string;
  readonly reported: UsageSums;
  readonly stored: UsageSums;
}

/** What the provider's sums say about the rows. */
export interface UsageComparison {
  readonly buckets: number;
  readonly different: readonly UsageDifference[];
}

// Answers of the own cache did not reach the provider.
const STORED = `SELECT coalesce(sum(r.input_tokens), 0)::text AS input, coalesce(sum(r.output_tokens), 0)::text AS output,
    count(r.id)::text AS requests
  FROM unnest($1::timestamptz[], $2::timestamptz[]) WITH ORDINALITY AS b (starts, ends, place)
  LEFT JOIN llm_requests r ON r."timestamp" >= b.starts AND r."timestamp" < b.ends
    AND r.provider = $3 AND NOT r.cache_hit AND r.status <> 'active'
  GROUP BY b.place ORDER BY b.place`;

/** Compares sums of a provider with the rows, bucket by bucket. */
export async function compareUsage(
  client: Client,
  buckets: readonly UsageBucket[],
  provider: string,
): Promise<UsageComparison> {
  const [starts, ends] = [buckets.map(({ from }) => from), buckets.map(({ to }) => to)];
  const { rows } = await client.query<{ input: string; output: string; requests: string }>(STORED, [
    starts,
    ends,
    provider,
  ]);
  const different = buckets.flatMap(({ from, to, ...reported }, index): UsageDifference[] => {
    const row = rows[index];
    const stored = {
      ...{
        inputTokens: Number(row?.input),
        outputTokens: Number(row?.output),
        requests: Number(row?.requests),
      },
    };
    const agrees =
      reported.inputTokens === stored.inputTokens &&
      reported.outputTokens === stored.outputTokens &&
      (reported.requests === null || reported.requests === stored.requests);
    return agrees ? [] : [{ from: from.toISOString(), to: to.toISOString(), reported, stored }];
  });
  return { buckets: buckets.length, different };
}
