import type { MixEntry } from './mix-entry.ts';
import { PRODUCT_MIX } from './product-mix.ts';
import { BATCH, RECORD } from './records.ts';

/**
 * What people and programs ask the API for: costs, the history page by page, and records to store. A test compares it
 * with the API's OpenAPI document. Routes that call an LLM cost money and come by MIX alone. No `/health`: what the
 * load balancer asks says nothing about the objectives.
 */
export const DEFAULT_MIX: readonly MixEntry[] = [
  {
    name: 'cost-summary',
    weight: 30,
    method: 'GET',
    path: '/api/v1/costs/summary?from={today}&to={tomorrow}&user={user}',
    status: 200,
  },
  {
    name: 'costs-by-model',
    weight: 20,
    method: 'GET',
    path: '/api/v1/costs?from={week_ago}&to={tomorrow}&group_by=day,model',
    status: 200,
  },
  {
    name: 'recent-requests',
    weight: 30,
    method: 'GET',
    path: '/api/v1/requests?limit=50',
    status: 200,
    cursor: 'next_cursor',
  },
  {
    name: 'record-request',
    weight: 10,
    method: 'POST',
    path: '/api/v1/requests',
    body: RECORD,
    status: 201,
  },
  {
    name: 'record-batch',
    weight: 10,
    method: 'POST',
    path: '/api/v1/requests',
    body: BATCH,
    status: 201,
  },
];

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const FIELDS: Readonly<Record<string, { fits: (value: unknown) => boolean; must: string; needed: boolean }>> =
  {
    name: {
      fits: (it) => isText(it) && /^[\w-]+$/.test(it),
      must: 'a word of letters, digits, - and _',
      needed: true,
    },
    weight: { fits: (it) => typeof it === 'number' && it > 0, must: 'a number above 0', needed: true },
    method: {
      fits: (it) => isText(it) && METHODS.includes(it),
      must: `one of ${METHODS.join(', ')}`,
      needed: true,
    },
    path: {
      fits: (it) => isText(it) && /^\/[^\s#]*$/.test(it),
      must: 'a path such as /api/v1/requests',
      needed: true,
    },
    body: { fits: () => true, must: '', needed: false },
    status: {
      fits: (it) => Number(it) >= 200 && Number(it) < 400,
      must: 'a status from 200 to 399',
      needed: true,
    },
    kind: { fits: (it) => it === 'api' || it === 'llm', must: 'api or llm', needed: false },
    cursor: { fits: isText, must: 'the name of a field of the answer', needed: false },
  };

/** Mixes that MIX can name. */
const NAMED_MIXES: Readonly<Record<string, readonly MixEntry[]>> = { product: PRODUCT_MIX };

/** The mix of a name, or in a JSON list; what is wrong with it is added to `problems`, by entry and field. */
export function parseMix(json: string, problems: string[]): readonly MixEntry[] {
  const named = NAMED_MIXES[json];
  if (named !== undefined) return named;
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch (error) {
    problems.push(`MIX must be a JSON list of requests (${(error as Error).message})`);
    return [];
  }
  if (!Array.isArray(list) || list.length === 0) {
    problems.push('MIX must be a JSON list of at least one request');
    return [];
  }
  const found = list.flatMap((entry, index) => entryProblems(entry, `MIX[${index}]`));
  const twice = list.find(({ name }, index) => list.findIndex((other) => other?.name === name) < index);
  if (found.length === 0 && twice) found.push(`MIX: a name must be unique, got ${twice.name} twice`);
  problems.push(...found);
  return found.length === 0 ? list : [];
}

function entryProblems(entry: unknown, at: string): string[] {
  if (typeof entry !== 'object' || entry === null)
    return [`${at} must be an object with name, path and so on`];
  const given = entry as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).filter((field) => !(field in FIELDS));
  return [
    ...unknown.map((field) => `${at}.${field} is unknown; known are ${Object.keys(FIELDS).join(', ')}`),
    ...Object.entries(FIELDS).flatMap(([field, { fits, must, needed }]) => {
      const value = given[field];
      if (value === undefined) return needed ? [`${at}.${field} is needed: ${must}`] : [];
      return fits(value) ? [] : [`${at}.${field} must be ${must}, got ${JSON.stringify(value)}`];
    }),
  ];
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
