import type { Client } from 'pg';

/** A node of PostgreSQL's plan, as far as tests look. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  /** With ANALYZE: of each loop. */
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly Plans?: readonly PlanNode[];
}

interface Query {
  readonly text: string;
}

/** The plan of a query with its values. */
export function planOf(client: Client, query: Query, values: readonly unknown[]): Promise<PlanNode> {
  return explain(client, 'FORMAT JSON', query, values);
}

/** How a plan finds its rows: names of indexes, and `Seq Scan <table>`. */
export function scansOf(plan: PlanNode): string[] {
  const { 'Node Type': type, 'Relation Name': table, 'Index Name': index, Plans: children = [] } = plan;
  const own = index ?? (type === 'Seq Scan' ? `Seq Scan ${table}` : undefined);
  return [...(own === undefined ? [] : [own]), ...children.flatMap(scansOf)];
}

/** Rows of requests that a query reads, whatever it returns. */
export async function rowsRead(client: Client, query: Query, values: readonly unknown[]): Promise<number> {
  return requestRows(await explain(client, 'ANALYZE, TIMING OFF, FORMAT JSON', query, values));
}

function requestRows(plan: PlanNode): number {
  const {
    'Relation Name': table = '',
    'Actual Rows': rows = 0,
    'Actual Loops': loops = 0,
    Plans = [],
  } = plan;
  const own = table.startsWith('llm_requests') ? rows * loops : 0;
  return Plans.reduce((sum, child) => sum + requestRows(child), own);
}

async function explain(
  client: Client,
  options: string,
  { text }: Query,
  values: readonly unknown[],
): Promise<PlanNode> {
  const { rows } = await client.query(`EXPLAIN (${options}) ${text}`, [...values]);
  return rows[0]['QUERY PLAN'][0].Plan;
}
