import type { MixEntry } from './mix-entry.ts';
import { BATCH, RECORD } from './records.ts';

const MODEL = 'gpt-4o-mini';
const MAX_TOKENS = 64;

/** A call of OpenAI's chat through the gateway. */
function chat(name: string, weight: number, body: object): MixEntry {
  return {
    name,
    weight,
    method: 'POST',
    path: '/api/v1/chat/completions',
    body: { model: MODEL, max_tokens: MAX_TOKENS, ...body },
    status: 200,
    kind: 'llm',
  };
}

/**
 * What the whole product does (`MIX=product`): of 100 requests 60 are calls through the gateway, 24 bring records of
 * calls that somebody made without it, and 16 ask for the history and for costs. Programs make the first two all day;
 * people look at costs now and then. A test of a deployed environment asks its providers, which costs money.
 *
 * Of 60 calls 52 may be answered from the cache: `temperature: 0`, and embeddings. Their prompts have Zipf's popularity.
 * 8 may not: they have no temperature, and nobody else asks the same. So the share of hits is measured and not given.
 */
export const PRODUCT_MIX: readonly MixEntry[] = [
  chat('chat-popular', 36, {
    temperature: 0,
    messages: [
      { role: 'system', content: 'You answer the customers of a shop in two sentences.' },
      { role: 'user', content: 'Customer question {popular}: how long does delivery take?' },
    ],
  }),
  chat('chat-stream', 6, {
    temperature: 0,
    stream: true,
    messages: [{ role: 'user', content: 'Summarise article {popular} of the help pages.' }],
  }),
  chat('chat-personal', 8, {
    messages: [{ role: 'user', content: 'At {now}, {user}: write a friendly reminder.' }],
  }),
  {
    name: 'embedding',
    weight: 10,
    method: 'POST',
    path: '/api/v1/embeddings',
    body: { model: 'text-embedding-3-small', input: 'Search for product {popular}' },
    status: 200,
    kind: 'llm',
  },
  {
    name: 'record-request',
    weight: 20,
    method: 'POST',
    path: '/api/v1/requests',
    body: RECORD,
    status: 201,
  },
  { name: 'record-batch', weight: 4, method: 'POST', path: '/api/v1/requests', body: BATCH, status: 201 },
  {
    name: 'recent-requests',
    weight: 6,
    method: 'GET',
    path: '/api/v1/requests?limit=50',
    status: 200,
    cursor: 'next_cursor',
  },
  {
    name: 'cost-summary',
    weight: 6,
    method: 'GET',
    path: '/api/v1/costs/summary?from={today}&to={tomorrow}&user={user}',
    status: 200,
  },
  {
    name: 'costs-by-model',
    weight: 4,
    method: 'GET',
    path: '/api/v1/costs?from={week_ago}&to={tomorrow}&group_by=day,model',
    status: 200,
  },
];
