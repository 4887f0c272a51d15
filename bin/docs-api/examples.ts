/** A call of a route that works as it stands; a test runs all of them in this order. */
export interface ApiExample {
  /** The route's `operationId`. */
  readonly operation: string;
  /** Path and query; `{name}` stands for a value of an earlier answer. */
  readonly path: string;
  /** JSON body, or text. @default - none */
  readonly body?: unknown;
  /** Media type of the body. @default application/json */
  readonly contentType?: string;
  /** Status of the answer. */
  readonly status: number;
  /** Names for values of the answer that later paths use: the name, and the path to the value. @default - none */
  readonly keep?: Readonly<Record<string, readonly (string | number)[]>>;
}

const RECORD = {
  source_id: 'req-8f2c',
  timestamp: '{now}',
  user: 'ann',
  provider: 'anthropic',
  model: 'claude-sonnet-4-5',
  status: 'completed',
  latency_ms: 1840,
  tags: { team: 'search' },
  usage: {
    input_tokens: 3,
    cache_creation_input_tokens: 12304,
    cache_read_input_tokens: 0,
    output_tokens: 550,
  },
};

const ACTIVE = {
  source_id: 'req-8f2d',
  timestamp: '{now}',
  user: 'bob',
  provider: 'openai',
  model: 'gpt-4o-mini',
  status: 'active',
};

const PERIOD = 'from={day}&to={next_day}';

const CSV = `provider,model,unit,usd_per_million,valid_from
openai,gpt-4o-mini,input,0.12,2026-01-01`;

/** Examples of the API, by a key of a project with the roles ingest, read and admin; `/projects` by the organisation. */
export const API_EXAMPLES: readonly ApiExample[] = [
  { operation: 'health', path: '/health', status: 200 },
  { operation: 'ready', path: '/ready', status: 200 },
  { operation: 'openApi', path: '/api/v1/openapi.json', status: 200 },
  {
    operation: 'storeRequests',
    path: '/api/v1/requests',
    body: [RECORD, ACTIVE],
    status: 201,
    keep: { id: ['ids', 0], active: ['ids', 1] },
  },
  {
    operation: 'endRequest',
    path: '/api/v1/requests/{active}',
    body: { status: 'completed', latency_ms: 420, usage: { prompt_tokens: 1200, completion_tokens: 80 } },
    status: 200,
  },
  { operation: 'listRequests', path: '/api/v1/requests?user=ann&tag=team:search&limit=10', status: 200 },
  { operation: 'getRequest', path: '/api/v1/requests/{id}', status: 200 },
  { operation: 'exportRequests', path: '/api/v1/requests/export?format=csv&model=gpt-4o-mini', status: 200 },
  { operation: 'summarizeCosts', path: `/api/v1/costs/summary?${PERIOD}`, status: 200 },
  {
    operation: 'groupCosts',
    path: `/api/v1/costs?${PERIOD}&group_by=day,model&time_zone=Europe/Berlin`,
    status: 200,
  },
  { operation: 'exportCosts', path: `/api/v1/costs/export?${PERIOD}&format=focus`, status: 200 },
  { operation: 'listPrices', path: '/api/v1/prices?provider=openai', status: 200 },
  {
    operation: 'explainPrice',
    path: '/api/v1/prices/explain?provider=openai&model=gpt-4o-mini&usage=%7B%22prompt_tokens%22%3A1200%2C%22completion_tokens%22%3A80%7D',
    status: 200,
  },
  { operation: 'createSession', path: '/api/v1/session', status: 201 },
  { operation: 'getSession', path: '/api/v1/session', status: 200 },
  { operation: 'endSession', path: '/api/v1/session', status: 204 },
  { operation: 'beginLogin', path: '/api/v1/session/oidc?return_to=/costs', status: 303 },
  // A callback without the cookie of its log-in.
  { operation: 'endLogin', path: '/api/v1/session/oidc/callback?code=8f2c&state=41d7', status: 400 },
  {
    operation: 'createKey',
    path: '/api/v1/keys',
    body: { name: 'batch jobs', roles: ['ingest'] },
    status: 201,
    keep: { key: ['id'] },
  },
  { operation: 'listKeys', path: '/api/v1/keys?limit=10', status: 200 },
  {
    operation: 'rotateKey',
    path: '/api/v1/keys/{key}/rotate',
    body: { overlap_seconds: 3600 },
    status: 201,
    keep: { rotated: ['id'] },
  },
  {
    operation: 'createBudget',
    path: '/api/v1/budgets',
    body: {
      ...{ scope: 'key', key: '{key}', window: 'month', time_zone: 'Europe/Berlin' },
      ...{ warning_usd: '80', limit_usd: '100', webhook_url: 'https://hooks.example.com/llm-costs' },
    },
    status: 201,
    keep: { budget: ['id'] },
  },
  { operation: 'listBudgets', path: '/api/v1/budgets?limit=10', status: 200 },
  { operation: 'getBudget', path: '/api/v1/budgets/{budget}', status: 200 },
  { operation: 'updateBudget', path: '/api/v1/budgets/{budget}', body: { limit_usd: '150.50' }, status: 200 },
  { operation: 'deleteBudget', path: '/api/v1/budgets/{budget}', status: 204 },
  { operation: 'revokeKey', path: '/api/v1/keys/{key}', status: 200 },
  {
    operation: 'createProject',
    path: '/api/v1/projects',
    body: { name: 'support-bot', discount_percent: '12.5', prompt_retention_days: 30 },
    status: 201,
    keep: { project: ['id'] },
  },
  { operation: 'listProjects', path: '/api/v1/projects', status: 200 },
  { operation: 'streamRequests', path: '/api/stream/requests', status: 200 },
  {
    operation: 'updateProject',
    path: '/api/v1/projects/{project}',
    body: { store_prompts: false },
    status: 200,
  },
  { operation: 'listUsers', path: '/api/v1/users', status: 200 },
  { operation: 'eraseUser', path: '/api/v1/users/ann/erase', body: {}, status: 200 },
  { operation: 'listAudit', path: '/api/v1/audit?limit=10', status: 200 },
];

/** Examples of the admin servers, by a key of the organisation with the role admin. */
export const ADMIN_EXAMPLES: readonly ApiExample[] = [
  { operation: 'listPods', path: '/api/admin/v1/pods', status: 200, keep: { pod: ['data', 0, 'pod'] } },
  { operation: 'listPools', path: '/api/admin/v1/pools?pod={pod}', status: 200 },
  { operation: 'listCalls', path: '/api/admin/v1/monitor', status: 200 },
  {
    operation: 'requestProfile',
    path: '/api/admin/v1/pods/{pod}/profiles',
    body: { kind: 'cpu', seconds: 1 },
    status: 202,
    keep: { profile: ['id'] },
  },
  { operation: 'getProfile', path: '/api/admin/v1/profiles/{profile}', status: 200 },
  { operation: 'getProfileFile', path: '/api/admin/v1/profiles/{profile}/file', status: 200 },
  { operation: 'getCache', path: '/api/admin/v1/cache', status: 200 },
  {
    operation: 'invalidateCache',
    path: '/api/admin/v1/cache/invalidate',
    body: { namespace: 'costs' },
    status: 202,
  },
  { operation: 'listSlowStatements', path: '/api/admin/v1/statements?slow_ms=100', status: 200 },
  { operation: 'listIndexes', path: '/api/admin/v1/indexes', status: 200 },
  { operation: 'listRejected', path: '/api/admin/v1/rejected?limit=10', status: 200 },
  { operation: 'getObjectives', path: '/api/admin/v1/objectives', status: 200 },
  {
    operation: 'importPrices',
    path: '/api/admin/v1/prices/import?dry_run=true',
    body: CSV,
    contentType: 'text/csv',
    status: 200,
  },
  {
    operation: 'reprice',
    path: '/api/admin/v1/reprice',
    body: { from: '{day}', to: '{next_day}' },
    status: 200,
  },
];
