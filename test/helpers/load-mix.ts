/** A request that waits for an LLM provider, as MIX takes it. */
export const LLM_REQUEST = {
  name: 'complete',
  weight: 1,
  method: 'POST',
  path: '/api/v1/chat/completions',
  body: {},
  status: 200,
  kind: 'llm',
};

/** A question to the API, as MIX takes it. */
export const API_REQUEST = {
  name: 'summary',
  weight: 1,
  method: 'GET',
  path: '/api/v1/costs/summary',
  status: 200,
};
