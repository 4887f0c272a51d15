import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { renderManifests } from '../../k8s/manifests';
import { selfSigned } from '../helpers/certificates';
import { ROOT } from '../helpers/commands';
import { testConfig } from '../helpers/config';
import { type AnyDocument, documentOf, findings } from '../helpers/manifests';
import { removeFolder, serverFolder } from '../helpers/servers';

const SCRIPT = join(ROOT, 'k8s', 'scripts', 'release-floor.mjs');
const PREFIX = 'predictive-scaler.llm-cost-ops';

/** A workload whose HPA is in nobody's manifests here. */
const WORKER = {
  name: 'worker',
  namespace: 'jobs',
  hpaName: 'worker',
  baseMinReplicas: 2,
  loadPerReplica: 10,
  hpaTarget: 0.7,
  load: {
    namespace: 'AWS/SQS',
    name: 'NumberOfMessagesSent',
    dimensions: { QueueName: 'jobs' },
    statistic: 'Sum',
    scale: 1 / 60,
  },
  alwaysOn: null,
} as const;

/** What the CronJob looks after. */
function workloadsOf(rendered: Parameters<typeof documentOf>[0]): AnyDocument[] {
  return JSON.parse(documentOf(rendered, 'ConfigMap', 'llm-cost-ops-floor-release').data['workloads.json']);
}

const { manifests } = renderManifests(testConfig());
const cronJob = documentOf(manifests, 'CronJob').spec;
const pod = cronJob.jobTemplate.spec.template.spec;

/** The environment with HPAs of two more namespaces. */
const withOthers = renderManifests(
  testConfig({
    predictiveScaling: {
      workloads: [{ name: 'api' }, WORKER, { ...WORKER, name: 'mail', hpaName: 'mail', baseMinReplicas: 4 }],
    },
  }),
);

describe('rights on the floor', () => {
  it('are get and patch of the one HPA, and nothing else', () => {
    expect(documentOf(manifests, 'Role', 'llm-cost-ops-floor').rules).toEqual([
      {
        apiGroups: ['autoscaling'],
        resources: ['horizontalpodautoscalers'],
        resourceNames: ['llm-cost-ops-hpa'],
        verbs: ['get', 'patch'],
      },
    ]);
  });

  it("are the scaler's, by the group of its access entry, and the release's", () => {
    const bindings = manifests
      .map(({ document }) => document as AnyDocument)
      .filter(({ kind, roleRef }) => kind === 'RoleBinding' && roleRef.name === 'llm-cost-ops-floor');
    expect(bindings.flatMap(({ subjects }) => subjects)).toEqual([
      { kind: 'ServiceAccount', name: 'llm-cost-ops-floor-release', namespace: 'llm-cost-ops' },
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'llm-cost-ops:predictive-scaler' },
    ]);
  });

  it('are the only ones of the release', () => {
    const bindings = manifests
      .map(({ document }) => document as AnyDocument)
      .filter(
        ({ kind, subjects }) =>
          ['RoleBinding', 'ClusterRoleBinding'].includes(kind) &&
          subjects.some(({ name }: AnyDocument) => name === 'llm-cost-ops-floor-release'),
      );
    expect(bindings.map(({ metadata }) => metadata.name)).toEqual(['llm-cost-ops-floor-release']);
    expect(pod).toMatchObject({
      serviceAccountName: 'llm-cost-ops-floor-release',
      automountServiceAccountToken: true,
    });
  });

  it.each<[what: string, config: ReturnType<typeof testConfig>]>([
    ['KEDA owns the HPA', testConfig({ autoscaling: { driver: 'keda' } })],
    ['nobody moves a floor', testConfig({ predictiveScaling: null })],
  ])('are not given where %s', (_, config) => {
    const rendered = renderManifests(config).manifests;
    const names = rendered.map(({ fileName }) => fileName);
    expect(names.filter((name) => name.includes('floor') || name.includes('predictive'))).toEqual([]);
    expect(documentOf(rendered, 'Application').spec.ignoreDifferences).toEqual([]);
    expect(findings(rendered)).toEqual([]);
  });

  it('on HPAs of other teams are given in their namespaces, to the same two and no more', () => {
    const others = withOthers.manifests.filter(({ document }) => document.metadata?.namespace === 'jobs');
    expect(others.map(({ fileName }) => fileName)).toEqual([
      'role.jobs.llm-cost-ops-floor.yaml',
      'rolebinding.jobs.llm-cost-ops-floor-release.yaml',
      'rolebinding.jobs.llm-cost-ops-predictive-scaler.yaml',
    ]);
    const [role, release, scaler] = others.map(({ document }) => document as AnyDocument);
    expect(role.rules).toEqual([
      {
        apiGroups: ['autoscaling'],
        resources: ['horizontalpodautoscalers'],
        resourceNames: ['worker', 'mail'],
        verbs: ['get', 'patch'],
      },
    ]);
    expect(release.subjects).toEqual([
      { kind: 'ServiceAccount', name: 'llm-cost-ops-floor-release', namespace: 'llm-cost-ops' },
    ]);
    expect(scaler.subjects).toMatchObject([{ kind: 'Group', name: 'llm-cost-ops:predictive-scaler' }]);
    expect(findings(withOthers.manifests)).toEqual([]);
  });

  it('in other namespaces raise a warning, because the namespaces must exist', () => {
    expect(withOthers.warnings).toContainEqual(
      expect.stringMatching(
        /^predictive scaling moves HPAs in 1 other namespaces \(jobs\): .* must exist before/,
      ),
    );
    expect(renderManifests(testConfig()).warnings).not.toContainEqual(expect.stringContaining('HPAs'));
  });
});

describe('the CronJob', () => {
  it('runs alone, in bounded time, and runs the script as it is in the repository', () => {
    expect(cronJob).toMatchObject({ schedule: '*/5 * * * *', concurrencyPolicy: 'Forbid' });
    expect(cronJob.jobTemplate.spec).toMatchObject({ backoffLimit: 2, activeDeadlineSeconds: 120 });
    expect(pod.restartPolicy).toBe('Never');
    const { data } = documentOf(manifests, 'ConfigMap', 'llm-cost-ops-floor-release');
    expect(data['release-floor.mjs']).toBe(readFileSync(SCRIPT, 'utf8'));
  });

  it('goes back to the base of the configuration', () => {
    const { manifests: other } = renderManifests(testConfig({ autoscaling: { hpa: { minReplicas: 7 } } }));
    expect(workloadsOf(other)).toEqual([
      { namespace: 'llm-cost-ops', hpaName: 'llm-cost-ops-hpa', baseMinReplicas: 7, raisesToBase: true },
    ]);
  });

  it('covers every scaled workload, and raises none of another team', () => {
    expect(workloadsOf(withOthers.manifests)).toEqual([
      { namespace: 'llm-cost-ops', hpaName: 'llm-cost-ops-hpa', baseMinReplicas: 3, raisesToBase: true },
      { namespace: 'jobs', hpaName: 'worker', baseMinReplicas: 2, raisesToBase: false },
      { namespace: 'jobs', hpaName: 'mail', baseMinReplicas: 4, raisesToBase: false },
    ]);
  });

  it('is there for the HPAs of others alone', () => {
    const { manifests: others } = renderManifests(
      testConfig({ autoscaling: { driver: 'keda' }, predictiveScaling: { workloads: [WORKER] } }),
    );
    expect(workloadsOf(others)).toMatchObject([{ namespace: 'jobs', hpaName: 'worker' }]);
    expect(documentOf(others, 'Application').spec.ignoreDifferences).toEqual([]);
    expect(findings(others)).toEqual([]);
  });
});

/** One HPA of a Kubernetes API that the tests answer for. */
interface FakeApi {
  readonly server: Server;
  readonly requests: {
    method?: string;
    url?: string;
    headers: IncomingMessage['headers'];
    body: AnyDocument;
  }[];
  /** Answers in the order of the requests. */
  readonly answers: Answer[];
  /** Answers instead where it is set. */
  answer?: (request: IncomingMessage) => Answer;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

describe('release-floor.mjs', () => {
  let folder: string;
  let api: FakeApi;

  beforeAll(async () => {
    folder = serverFolder();
    const { certificate, key } = selfSigned(folder, 'kubernetes');
    copyFileSync(certificate, join(folder, 'ca.crt'));
    writeFileSync(join(folder, 'token'), 'the-token\n');
    const requests: FakeApi['requests'] = [];
    const answers: FakeApi['answers'] = [];
    const server = createServer(
      { cert: readFileSync(certificate), key: readFileSync(key) },
      async (req, res) => {
        const chunks: Buffer[] = [];
        for await (const chunk of req) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        requests.push({
          method: req.method,
          url: req.url,
          headers: req.headers,
          body: text && JSON.parse(text),
        });
        const unexpected = { status: 500, body: { message: 'no answer prepared' } };
        const { status, body } = api.answer?.(req) ?? answers.shift() ?? unexpected;
        res.writeHead(status, { 'content-type': 'application/json' });
        res.end(typeof body === 'string' ? body : JSON.stringify(body));
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    api = { server, requests, answers };
  });
  afterAll(async () => {
    await new Promise((resolve) => api.server.close(resolve));
    removeFolder(folder);
  });
  beforeEach(() => {
    api.requests.length = 0;
    api.answers.length = 0;
    api.answer = undefined;
  });

  const hpa = (annotations: Record<string, string> | undefined, minReplicas = 20) => ({
    metadata: { name: 'llm-cost-ops-hpa', resourceVersion: '41', annotations },
    spec: { minReplicas, maxReplicas: 50 },
  });
  const lease = (minutes: number) => ({
    [`${PREFIX}/expires-at`]: new Date(Date.now() + minutes * 60_000).toISOString(),
  });

  /** Runs the container's command with its own environment against the fake API. */
  async function release(overrides: Record<string, string> = {}) {
    const { code, lines } = await releaseAll(workloadsOf(manifests), overrides);
    expect(lines).toHaveLength(1);
    return { code, log: lines[0] };
  }

  async function releaseAll(workloads: readonly unknown[], overrides: Record<string, string> = {}) {
    const [container] = pod.containers;
    const env = Object.fromEntries(container.env.map(({ name, value }: AnyDocument) => [name, value]));
    const { port } = api.server.address() as { port: number };
    const workloadsFile = join(folder, 'workloads.json');
    writeFileSync(workloadsFile, JSON.stringify(workloads));
    const child = spawn(process.execPath, [SCRIPT], {
      env: {
        ...env,
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: String(port),
        CREDENTIALS_DIRECTORY: folder,
        WORKLOADS_FILE: workloadsFile,
        ...overrides,
      },
    });
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => out.push(chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    const lines: AnyDocument[] = Buffer.concat(out)
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return { code, lines };
  }

  it("releases an expired floor with the scaler's field manager: base restored, annotations removed", async () => {
    api.answers.push({ status: 200, body: hpa(lease(-1)) }, { status: 200, body: {} });
    const { code, log } = await release();
    expect({ code, log }).toMatchObject({ code: 0, log: { outcome: 'released', from: 20, minReplicas: 3 } });
    const [read, patch] = api.requests;
    const path = '/apis/autoscaling/v2/namespaces/llm-cost-ops/horizontalpodautoscalers/llm-cost-ops-hpa';
    expect(read).toMatchObject({ method: 'GET', url: path, headers: { authorization: 'Bearer the-token' } });
    expect(patch).toMatchObject({
      method: 'PATCH',
      url: `${path}?fieldManager=llm-cost-ops-predictive-scaler&force=true`,
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    expect(patch?.body).toEqual({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'llm-cost-ops-hpa', namespace: 'llm-cost-ops', resourceVersion: '41' },
      spec: { minReplicas: 3 },
    });
  });

  it.each<[what: string, annotations: Record<string, string> | undefined]>([
    ['while the lease lasts', lease(1)],
    ['without a lease', {}],
    ['without any annotation', undefined],
  ])('keeps the floor %s', async (_, annotations) => {
    api.answers.push({ status: 200, body: hpa(annotations) });
    const { code, log } = await release();
    expect({ code, log }).toMatchObject({ code: 0, log: { outcome: 'kept', minReplicas: 20 } });
    expect(api.requests).toHaveLength(1);
  });

  it.each<[what: string, minReplicas: number, maxReplicas: number, expires: string, expected: number]>([
    ['to the base', 20, 50, '2020-01-01T00:00:00Z', 3],
    ['to the maximum where the base is above it', 20, 2, '2020-01-01T00:00:00Z', 2],
    ['to the base where nobody can read the lease', 20, 50, 'soon', 3],
  ])('goes back %s', async (_, minReplicas, maxReplicas, expires, expected) => {
    const current = hpa({ [`${PREFIX}/expires-at`]: expires }, minReplicas);
    current.spec.maxReplicas = maxReplicas;
    api.answers.push({ status: 200, body: current }, { status: 200, body: {} });
    expect(await release()).toMatchObject({ code: 0, log: { outcome: 'released' } });
    expect(api.requests[1]?.body.spec).toEqual({ minReplicas: expected });
  });

  it('raises minReplicas below the base without a lease, because GitOps ignores the field', async () => {
    api.answers.push({ status: 200, body: hpa({}, 1) }, { status: 200, body: {} });
    expect(await release()).toMatchObject({ code: 0, log: { outcome: 'raised', from: 1, minReplicas: 3 } });
  });

  it('does not raise an HPA of another team', async () => {
    api.answers.push({ status: 200, body: hpa({}, 1) });
    const [workload] = workloadsOf(withOthers.manifests).slice(1);
    const { code, lines } = await releaseAll([workload]);
    expect({ code, lines }).toMatchObject({ code: 0, lines: [{ hpa: 'jobs/worker', outcome: 'kept' }] });
    expect(api.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /apis/autoscaling/v2/namespaces/jobs/horizontalpodautoscalers/worker',
    ]);
  });

  it('releases the floors of the others when one cannot be read, and fails', async () => {
    const workloads = Array.from({ length: 30 }, (_, index) => ({
      ...workloadsOf(withOthers.manifests)[1],
      hpaName: `worker-${index}`,
    }));
    api.answer = ({ method, url }) => {
      if (url?.includes('worker-7')) return { status: 403, body: { message: 'forbidden' } };
      return { status: 200, body: method === 'GET' ? hpa(lease(-1)) : {} };
    };
    const { code, lines } = await releaseAll(workloads);
    const outcomes = lines.map(({ outcome }) => outcome).sort();
    expect({ code, outcomes }).toEqual({ code: 1, outcomes: ['failed', ...Array(29).fill('released')] });
    expect(lines).toContainEqual(expect.objectContaining({ hpa: 'jobs/worker-7', outcome: 'failed' }));
    const applied = api.requests.filter(({ method }) => method === 'PATCH').map(({ body }) => body);
    expect(applied).toHaveLength(29);
    expect(applied.every(({ spec }) => spec.minReplicas === 2)).toBe(true);
  });

  it('fails when another manager owns the lease, so that it stays', async () => {
    api.answers.push({ status: 200, body: hpa(lease(-1)) }, { status: 200, body: hpa(lease(-1)) });
    const { code, log } = await release();
    expect({ code, error: log.error }).toEqual({ code: 1, error: expect.stringContaining('is still there') });
  });

  it('looks again when the lease was renewed in between, and then keeps the floor', async () => {
    api.answers.push(
      { status: 200, body: hpa(lease(-1)) },
      { status: 409, body: { message: 'changed' } },
      { status: 200, body: hpa(lease(15)) },
    );
    expect(await release()).toMatchObject({ code: 0, log: { outcome: 'kept' } });
  });

  it('has nothing to do without an HPA', async () => {
    api.answers.push({ status: 404, body: { message: 'not found' } });
    expect(await release()).toMatchObject({ code: 0, log: { outcome: 'kept', reason: 'there is no HPA' } });
  });

  it.each<[what: string, answers: FakeApi['answers'], message: string]>([
    ['it may not read', [{ status: 403, body: { message: 'forbidden' } }], 'GET answered 403: forbidden'],
    [
      'it may not write',
      [
        { status: 200, body: hpa(lease(-1)) },
        { status: 422, body: { message: 'invalid' } },
      ],
      'PATCH answered 422: invalid',
    ],
    ['the answer is no JSON', [{ status: 200, body: '<html>' }], 'something other than JSON'],
    [
      'the HPA never stays the same',
      [1, 2, 3].flatMap(() => [
        { status: 200, body: hpa(lease(-1)) },
        { status: 409, body: { message: 'changed' } },
      ]),
      'changed during each of 3 tries',
    ],
  ])('fails when %s', async (_, answers, message) => {
    api.answers.push(...answers);
    const { code, log } = await release();
    expect({ code, outcome: log.outcome }).toEqual({ code: 1, outcome: 'failed' });
    expect(log.error).toContain(message);
  });

  it('fails against an API that another authority signed for', async () => {
    const other = serverFolder();
    selfSigned(other, 'ca');
    writeFileSync(join(other, 'token'), 't');
    const { code, log } = await release({ CREDENTIALS_DIRECTORY: other });
    removeFolder(other);
    expect({ code, outcome: log.outcome }).toEqual({ code: 1, outcome: 'failed' });
    expect(log.error).toMatch(/certificate/);
    expect(api.requests).toEqual([]);
  });
});
