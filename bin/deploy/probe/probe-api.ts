import { randomUUID } from 'node:crypto';
import { UsageError } from '../../cli/command';
import { type CloudContext, pause } from '../../cloud/machine';
import { ask, type Entrance, type ProbeAnswer } from './entrance';

/** What the probe found. */
export type ProbeResult =
  /** A record was stored and read back. */
  | { readonly kind: 'stored'; readonly recordId: string; readonly milliseconds: number }
  /** The API answers, but the first key was revoked, so no record could be stored. */
  | { readonly kind: 'ready'; readonly reason: string };

/** Longest wait until the API answers through the load balancer, ms: targets pass two checks, names spread. */
const PATIENCE_MS = 10 * 60_000;

/** Longest wait until a stored record can be read, ms. */
const READ_PATIENCE_MS = 60_000;

/** Lifetime of the temporary key, ms: it ends by itself where the command dies before it revokes the key. */
const KEY_LIFETIME_MS = 15 * 60_000;

/** Project of the records of deployments. */
const PROJECT = 'deployment-check';

/**
 * Stores a record through the load balancer and reads it back, with a temporary key of a project of its own.
 * @param firstKey first key of the organisation
 * @throws UsageError with the last answer of the API
 */
export async function probeApi(
  context: CloudContext,
  entrance: Entrance,
  firstKey: string,
): Promise<ProbeResult> {
  const { machine, signal, say } = context;
  await until(context, PATIENCE_MS, 'GET /ready', async () => {
    const answer = await ask(entrance, { method: 'GET', path: '/ready' }, signal);
    return answer.status === 200 ? answer : describe(answer);
  });
  say('the API answers through the load balancer');
  const first = await ask(
    entrance,
    { method: 'GET', path: '/api/v1/projects?limit=1000', key: firstKey },
    signal,
  );
  if (first.status === 401) {
    return {
      kind: 'ready',
      reason: 'the first key is not accepted; it was revoked, which is right after the first day',
    };
  }
  const project = await projectId(
    entrance,
    expectStatus(first, [200], 'GET /api/v1/projects'),
    firstKey,
    signal,
  );
  const { id, key } = await temporaryKey(context, entrance, firstKey, project);
  const startedMs = machine.elapsedMs();
  try {
    const recordId = await storeAndRead(context, entrance, key);
    return { kind: 'stored', recordId, milliseconds: Math.round(machine.elapsedMs() - startedMs) };
  } finally {
    await revoke(context, entrance, firstKey, id);
  }
}

async function projectId(
  entrance: Entrance,
  list: unknown,
  key: string,
  signal: AbortSignal,
): Promise<string> {
  const { data = [] } = list as { readonly data?: readonly { readonly id: string; readonly name: string }[] };
  const found = data.find(({ name }) => name === PROJECT);
  if (found) return found.id;
  const call = { method: 'POST', path: '/api/v1/projects', key, body: { name: PROJECT } };
  return (expectStatus(await ask(entrance, call, signal), [201], 'POST /api/v1/projects') as { id: string })
    .id;
}

async function temporaryKey(
  { machine, signal }: CloudContext,
  entrance: Entrance,
  firstKey: string,
  project: string,
): Promise<{ readonly id: string; readonly key: string }> {
  const expires = new Date(machine.now().getTime() + KEY_LIFETIME_MS);
  const body = {
    name: 'deployment check',
    project,
    roles: ['ingest', 'read'],
    expires_at: expires.toISOString(),
  };
  const answer = await ask(entrance, { method: 'POST', path: '/api/v1/keys', key: firstKey, body }, signal);
  return expectStatus(answer, [201], 'POST /api/v1/keys') as { id: string; key: string };
}

async function storeAndRead(context: CloudContext, entrance: Entrance, key: string): Promise<string> {
  const { machine, signal } = context;
  const body = {
    source_id: `deployment-${randomUUID()}`,
    timestamp: machine.now().toISOString(),
    user: 'deployment',
    provider: 'openai',
    model: 'gpt-4o-mini',
    status: 'completed',
    latency_ms: 1,
    // The record must not change anybody's costs.
    cache_hit: true,
    usage: { prompt_tokens: 3, completion_tokens: 5 },
  };
  const stored = await ask(entrance, { method: 'POST', path: '/api/v1/requests', key, body }, signal);
  const { ids } = expectStatus(stored, [200, 201, 202], 'POST /api/v1/requests') as {
    ids: readonly string[];
  };
  const [id = ''] = ids;
  await until(context, READ_PATIENCE_MS, `GET /api/v1/requests/${id}`, async () => {
    const answer = await ask(entrance, { method: 'GET', path: `/api/v1/requests/${id}`, key }, signal);
    return answer.status === 200 ? answer : describe(answer);
  });
  return id;
}

async function revoke(
  { say }: CloudContext,
  entrance: Entrance,
  firstKey: string,
  id: string,
): Promise<void> {
  const call = { method: 'DELETE', path: `/api/v1/keys/${id}`, key: firstKey };
  // Also after Ctrl-C: the request has a time-out of its own.
  const answer = await ask(entrance, call, new AbortController().signal).catch(
    (error: Error) => error.message,
  );
  if (typeof answer === 'object' && answer.status < 300) return;
  say(`the temporary key ${id} could not be revoked; it ends by itself within 15 minutes`);
}

/** Asks until `attempt` answers with something else than a text, which says what is wrong. */
async function until<T extends object>(
  context: CloudContext,
  patienceMs: number,
  what: string,
  attempt: () => Promise<T | string>,
): Promise<T> {
  const end = context.machine.elapsedMs() + patienceMs;
  let said = '';
  for (;;) {
    const result = await attempt().catch((error: Error) => error.message);
    if (typeof result !== 'string') return result;
    context.signal.throwIfAborted();
    if (context.machine.elapsedMs() >= end)
      throw new UsageError(`${what} through the load balancer: ${result}`);
    if (result !== said) context.say(`waiting for ${what}: ${result}`);
    said = result;
    await pause(context);
  }
}

function expectStatus(answer: ProbeAnswer, statuses: readonly number[], what: string): unknown {
  if (statuses.includes(answer.status)) return answer.body;
  throw new UsageError(`${what} through the load balancer ${describe(answer)}`);
}

function describe({ status, body }: ProbeAnswer): string {
  const { detail, title } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  const text = detail ?? title ?? (typeof body === 'string' ? body.slice(0, 200) : JSON.stringify(body));
  return `answered ${status}: ${text}`;
}
