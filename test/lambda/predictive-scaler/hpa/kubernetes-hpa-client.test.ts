import { ANNOTATIONS, FIELD_MANAGER } from '../../../../lambda/predictive-scaler/constants';
import { HpaError } from '../../../../lambda/predictive-scaler/hpa/hpa-client';
import type { KubernetesConnection } from '../../../../lambda/predictive-scaler/hpa/kubernetes-api';
import { KubernetesHpaClient } from '../../../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { FakeKubernetes } from '../../../helpers/fake-kubernetes/fake-kubernetes';
import type { Fault } from '../../../helpers/fault-server';
import { type RecordedWaiting, recordedWaiting } from '../../../helpers/waiting';

const API = { namespace: 'llm-cost-ops', name: 'api' };
const LEASE = { [ANNOTATIONS.expiresAt]: '2026-11-24T12:20:00Z', [ANNOTATIONS.base]: '3' };

let cluster: FakeKubernetes;
let waiting: RecordedWaiting;
let clients: KubernetesHpaClient[];

beforeAll(async () => {
  cluster = await FakeKubernetes.start();
});
afterAll(() => cluster.close());
beforeEach(() => {
  cluster.server.reset();
  cluster.put(API);
  waiting = recordedWaiting();
  clients = [];
});
afterEach(() => {
  for (const client of clients) client.close();
});

function clientOf(overrides: Partial<KubernetesConnection> & { attemptMs?: number } = {}) {
  const { attemptMs = 5_000, ...connection } = overrides;
  const client = new KubernetesHpaClient({
    endpoint: cluster.server.url,
    certificateAuthority: cluster.certificateAuthority,
    logIn: { token: async () => 'the-token' },
    retries: { attemptMs },
    waiting,
    ...connection,
  });
  clients.push(client);
  return client;
}

async function failureOf(call: Promise<unknown>): Promise<HpaError> {
  const error = await call.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(HpaError);
  return error as HpaError;
}

describe('read', () => {
  it('gives bounds, replicas, annotations and the resource version', async () => {
    cluster.put({
      ...API,
      minReplicas: 7,
      maxReplicas: 40,
      annotations: { team: 'llm' },
      status: { currentReplicas: 9, desiredReplicas: 11 },
    });
    expect(await clientOf().read(API)).toEqual({
      minReplicas: 7,
      maxReplicas: 40,
      currentReplicas: 9,
      desiredReplicas: 11,
      annotations: { team: 'llm' },
      resourceVersion: cluster.get('api', 'llm-cost-ops').metadata.resourceVersion,
      scaledObject: undefined,
    });
    expect(cluster.server.requests).toMatchObject([
      { method: 'GET', headers: { authorization: 'Bearer the-token', accept: 'application/json' } },
    ]);
  });

  it('returns 0 replicas while the HPA has no status', async () => {
    cluster.put({ ...API, status: {} });
    expect(await clientOf().read(API)).toMatchObject({ currentReplicas: 0, desiredReplicas: 0 });
  });

  it.each([
    ['the owner', { ownerReferences: [{ kind: 'ScaledObject', name: 'api-scaler' }] }],
    ['the label', { labels: { 'scaledobject.keda.sh/name': 'api-scaler' } }],
  ])('names the ScaledObject of an HPA of KEDA, by %s', async (_, metadata) => {
    cluster.put({ ...API, ...metadata });
    expect(await clientOf().read(API)).toMatchObject({ scaledObject: 'api-scaler' });
  });

  it('ignores owners other than KEDA', async () => {
    cluster.put({ ...API, ownerReferences: [{ kind: 'Rollout', name: 'api' }] });
    expect(await clientOf().read(API)).toMatchObject({ scaledObject: undefined });
  });

  it('keeps its connection between requests', async () => {
    const client = clientOf();
    await client.read(API);
    await client.read(API);
    expect(cluster.server).toMatchObject({ connections: 1, requests: { length: 2 } });
  });

  it('opens a new connection when an idle one is broken', async () => {
    const client = clientOf();
    await Promise.all([client.read(API), client.read(API)]);
    cluster.server.failNext({ kind: 'drop' });
    await client.read(API);
    expect(cluster.server.connections).toBe(3);
  });

  it('logs in with a client certificate', async () => {
    const credential = async () => ({ certificate: cluster.certificateAuthority, key: cluster.key });
    expect(await clientOf({ logIn: { credential } }).read(API)).toMatchObject({ maxReplicas: 50 });
    expect(cluster.server.requests[0]?.headers.authorization).toBeUndefined();
  });
});

it('shows a renewed client certificate on a new connection', async () => {
  const credentials = [
    { certificate: cluster.certificateAuthority, key: cluster.key },
    { token: 'the-token' },
  ];
  const credential = async () => credentials.shift() ?? {};
  const client = clientOf({ logIn: { credential } });
  await client.read(API);
  await client.read(API);
  expect(cluster.server.requests.map((request) => request.hasClientCertificate)).toEqual([true, false]);
});

it('checks the certificate of the API against another name where it is given', async () => {
  expect(await clientOf({ serverName: 'localhost' }).read(API)).toMatchObject({ maxReplicas: 50 });
  const error = await failureOf(clientOf({ serverName: 'elsewhere.example' }).read(API));
  expect(error.kind).toBe('certificate');
});

describe('apply', () => {
  it('takes the floor over from its owner, adds annotations, and owns nothing else', async () => {
    cluster.put({ ...API, annotations: { team: 'llm' } });
    const applied = await clientOf().apply(API, { minReplicas: 12, annotations: LEASE }, { dryRun: false });
    expect(applied).toMatchObject({ minReplicas: 12, annotations: { team: 'llm', ...LEASE } });
    expect(cluster.get('api', 'llm-cost-ops').spec).toEqual({ minReplicas: 12, maxReplicas: 50 });
    expect(cluster.ownersOf('api', 'llm-cost-ops')).toEqual({
      kubectl: ['spec.maxReplicas', 'annotation:team'],
      [FIELD_MANAGER]: [
        'spec.minReplicas',
        `annotation:${ANNOTATIONS.expiresAt}`,
        `annotation:${ANNOTATIONS.base}`,
      ],
    });
  });

  it('removes annotations that it no longer applies', async () => {
    cluster.put({ ...API, annotations: { team: 'llm' } });
    const client = clientOf();
    await client.apply(API, { minReplicas: 12, annotations: LEASE }, { dryRun: false });
    const released = await client.apply(API, { minReplicas: 3, annotations: {} }, { dryRun: false });
    expect(released).toMatchObject({ minReplicas: 3, annotations: { team: 'llm' } });
    expect(released.annotations).not.toHaveProperty([ANNOTATIONS.expiresAt]);
  });

  it('changes nothing in a dry run, and gives what would be', async () => {
    const before = cluster.get('api', 'llm-cost-ops');
    const wouldBe = await clientOf().apply(API, { minReplicas: 12, annotations: LEASE }, { dryRun: true });
    expect(wouldBe).toMatchObject({ minReplicas: 12, annotations: LEASE });
    expect(cluster.get('api', 'llm-cost-ops')).toEqual(before);
  });

  it('sends a forced server-side apply', async () => {
    await clientOf().apply(API, { minReplicas: 12, annotations: {} }, { dryRun: false });
    const [request] = cluster.server.requests;
    expect(request).toMatchObject({
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    expect(Object.fromEntries(request?.query ?? [])).toEqual({ fieldManager: FIELD_MANAGER, force: 'true' });
  });

  it('fails as a conflict, without a second try, when the HPA has changed since it was read', async () => {
    const client = clientOf();
    const { resourceVersion } = await client.read(API);
    cluster.apply('api', 'somebody', { metadata: { annotations: { team: 'llm' } } }, 'llm-cost-ops');
    const patch = { minReplicas: 12, annotations: {}, resourceVersion };
    const error = await failureOf(client.apply(API, patch, { dryRun: false }));
    expect(error).toMatchObject({ kind: 'conflict', message: expect.stringContaining('has been modified') });
    expect(cluster.server.requests).toHaveLength(2);
  });

  it('fails as invalid, without a second try, when the floor is above the maximum', async () => {
    const error = await failureOf(
      clientOf().apply(API, { minReplicas: 51, annotations: {} }, { dryRun: false }),
    );
    expect(error.kind).toBe('invalid');
    expect(error.message).toBe(
      'PATCH of HPA llm-cost-ops/api: answered 422: spec.maxReplicas: Invalid value: 50: must be greater than or equal to `minReplicas`',
    );
    expect(cluster.server.requests).toHaveLength(1);
  });

  it('ends where it should when the answer to a change got lost', async () => {
    cluster.server.failNext({ kind: 'cut' });
    const applied = await clientOf().apply(API, { minReplicas: 12, annotations: LEASE }, { dryRun: false });
    expect(applied.minReplicas).toBe(12);
    expect(cluster.server.requests).toHaveLength(2);
  });

  it('tries a conflict without a resource version again', async () => {
    cluster.refuseNext(409, 2);
    await clientOf().apply(API, { minReplicas: 12, annotations: {} }, { dryRun: false });
    expect(cluster.server.requests).toHaveLength(3);
  });
});

describe('faults', () => {
  it.each([429, 500, 502, 503, 504])('tries %i again until it works', async (status) => {
    cluster.refuseNext(status, 3);
    expect(await clientOf().read(API)).toMatchObject({ minReplicas: 3 });
    expect(cluster.server.requests).toHaveLength(4);
  });

  it.each<[kind: Fault['kind']]>([['drop'], ['cut']])(
    'tries a connection that broke (%s) again',
    async (kind) => {
      cluster.server.failNext({ kind } as Fault, 2);
      expect(await clientOf().read(API)).toMatchObject({ minReplicas: 3 });
      expect(cluster.server.requests).toHaveLength(3);
    },
  );

  it.each([
    [429, 'throttled'],
    [500, 'server'],
    [503, 'server'],
  ])('fails after four tries at %i as %s', async (status, kind) => {
    cluster.refuseNext(status, 10);
    expect((await failureOf(clientOf().read(API))).kind).toBe(kind);
    expect(cluster.server.requests).toHaveLength(4);
  });

  it.each([
    [400, 'invalid'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [415, 'invalid'],
    [422, 'invalid'],
    [302, 'malformed-answer'],
  ])('fails at once at %i as %s', async (status, kind) => {
    cluster.refuseNext(status);
    const error = await failureOf(clientOf().read(API));
    expect(error).toMatchObject({
      kind,
      message: `GET of HPA llm-cost-ops/api: answered ${status}: refused with ${status} on purpose`,
    });
    expect(cluster.server.requests).toHaveLength(1);
  });

  it.each<[what: string, body: string]>([
    ['no JSON', '<html>'],
    ['empty', ''],
    ['null', 'null'],
    ['another kind', '{"kind":"Status","apiVersion":"v1"}'],
    [
      'an HPA without a maximum',
      '{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v2","metadata":{}}',
    ],
  ])('fails at once when the answer is %s', async (_, body) => {
    cluster.server.failNext({ kind: 'answer', answer: { status: 200, body } });
    expect((await failureOf(clientOf().read(API))).kind).toBe('malformed-answer');
    expect(cluster.server.requests).toHaveLength(1);
  });

  it('fails at once when the answer is far too long', async () => {
    cluster.server.failNext({ kind: 'answer', answer: { status: 200, body: ' '.repeat(2_000_001) } });
    const error = await failureOf(clientOf().read(API));
    expect(error).toMatchObject({
      kind: 'malformed-answer',
      message: expect.stringContaining('2000000 bytes'),
    });
  });

  it.each<[what: string, kind: Fault['kind']]>([
    ['nothing ever answers', 'hang'],
    ['answers stop in the middle', 'stall'],
  ])('fails as a timeout when %s', async (_, kind) => {
    cluster.server.failNext({ kind } as Fault, 10);
    const error = await failureOf(clientOf({ attemptMs: 50 }).read(API));
    expect(error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('within 50 ms') });
    expect(waiting.waits).toHaveLength(3);
  });

  it('fails as a connection error where no server listens', async () => {
    const gone = await FakeKubernetes.start();
    const endpoint = gone.server.url;
    await gone.close();
    expect((await failureOf(clientOf({ endpoint }).read(API))).kind).toBe('connection');
    expect(waiting.waits).toHaveLength(3);
  });

  it('fails at once, and sends nothing, where another authority signed for the API', async () => {
    const other = await FakeKubernetes.start();
    const { certificateAuthority } = other;
    await other.close();
    expect((await failureOf(clientOf({ certificateAuthority }).read(API))).kind).toBe('certificate');
    expect(cluster.server.requests).toEqual([]);
    expect(waiting.waits).toEqual([]);
  });

  it('fails as unauthorized, and sends nothing, when no token can be made', async () => {
    const logIn = { token: () => Promise.reject(new Error('no credentials')) };
    const error = await failureOf(clientOf({ logIn }).read(API));
    expect(error).toMatchObject({ kind: 'unauthorized', message: expect.stringContaining('no credentials') });
    expect(cluster.server.requests).toEqual([]);
  });

  it('never has the token in a message', async () => {
    const logIn = { token: async () => 'a-wrong-secret' };
    const error = await failureOf(clientOf({ logIn }).read(API));
    expect(error.kind).toBe('unauthorized');
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('a-wrong-secret');
  });
});

describe('waits', () => {
  it('are a random part of bounds that double', async () => {
    cluster.refuseNext(500, 3);
    await clientOf().read(API);
    expect(waiting.waits).toEqual([100, 200, 400]);
  });

  it('are at least as long as the API requests', async () => {
    cluster.refuseNext(429, 2, { 'retry-after': '3' });
    await clientOf().read(API);
    expect(waiting.waits).toEqual([3000, 3000]);
  });

  it('end before the deadline: what would be later is not tried', async () => {
    cluster.refuseNext(429, 10, { 'retry-after': '8' });
    expect((await failureOf(clientOf().read(API))).kind).toBe('throttled');
    expect(waiting.waits).toEqual([8000]);
    expect(cluster.server.requests).toHaveLength(2);
  });
});

describe('settings', () => {
  it.each([['http://127.0.0.1:1'], ['127.0.0.1'], ['']])('fails for the address %j', (endpoint) => {
    expect(() => clientOf({ endpoint })).toThrow(
      `'endpoint' must be an https:// address of the Kubernetes API, got '${endpoint}'`,
    );
  });

  it('fails for a certificate that is still in base64', () => {
    const certificateAuthority = Buffer.from(cluster.certificateAuthority).toString('base64');
    expect(() => clientOf({ certificateAuthority })).toThrow(
      "'certificateAuthority' must be a certificate in PEM",
    );
  });
});
