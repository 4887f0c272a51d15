import { ANNOTATIONS, ENVIRONMENT, FIELD_MANAGER } from '../../../../lambda/predictive-scaler/constants';
import { eksTokenProblem } from '../../../helpers/fake-kubernetes/eks-authenticator';
import { FakeKubernetes } from '../../../helpers/fake-kubernetes/fake-kubernetes';

const LOG_IN = {
  clusterName: 'llm-cost-ops-dev',
  region: 'eu-central-1',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'a-secret',
  sessionToken: 'a-session',
};

let cluster: FakeKubernetes;
let logged: string[];
const before = { ...process.env };

beforeAll(async () => {
  cluster = await FakeKubernetes.start((token) => eksTokenProblem(token, LOG_IN, Date.now()) === undefined);
});
afterAll(() => cluster.close());
beforeEach(() => {
  cluster.server.reset();
  logged = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => logged.push(line));
  Object.assign(process.env, {
    [ENVIRONMENT.clusterName]: LOG_IN.clusterName,
    [ENVIRONMENT.clusterEndpoint]: cluster.server.url,
    [ENVIRONMENT.clusterCertificate]: Buffer.from(cluster.certificateAuthority).toString('base64'),
    AWS_REGION: LOG_IN.region,
    AWS_ACCESS_KEY_ID: LOG_IN.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOG_IN.secretAccessKey,
    AWS_SESSION_TOKEN: LOG_IN.sessionToken,
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.resetModules();
  process.env = { ...before };
});

/** The handler as Lambda loads it, anew. */
async function invoke(...names: readonly string[]): Promise<void> {
  const { handler } = await import('../../../../lambda/predictive-scaler/release/handler');
  const workloads = names.map((name) => ({ name, namespace: 'default', hpaName: name, baseMinReplicas: 3 }));
  await handler({ workloads });
}

function putExpired(name: string): void {
  cluster.put({ name });
  cluster.apply(name, FIELD_MANAGER, {
    metadata: { annotations: { [ANNOTATIONS.expiresAt]: '2020-01-01T00:00:00Z' } },
    spec: { minReplicas: 20 },
  });
}

it('logs in to the cluster with its role, releases floors, and logs a line of JSON for each', async () => {
  putExpired('api');
  putExpired('web');
  await invoke('api', 'web');
  expect(['api', 'web'].map((name) => cluster.get(name).spec['minReplicas'])).toEqual([3, 3]);
  expect(logged.map((line) => JSON.parse(line))).toMatchObject([
    {
      level: 'INFO',
      workload: 'api',
      outcome: 'released',
      reason: 'lease-expired',
      minReplicas: 3,
      from: 20,
    },
    { level: 'INFO', workload: 'web', outcome: 'released' },
  ]);
});

it('fails at the end, after all were looked at, when one could not be', async () => {
  putExpired('api');
  putExpired('web');
  cluster.refuseNext(403);
  await expect(invoke('api', 'web')).rejects.toThrow('1 of 2 floors could not be checked or released: ');
  const lines = logged.map((line) => JSON.parse(line));
  expect(lines.filter(({ level }) => level === 'ERROR')).toMatchObject([
    { outcome: 'failed', reason: 'forbidden' },
  ]);
  expect(lines.filter(({ outcome }) => outcome === 'released')).toHaveLength(1);
});

it('names the credentials that are missing, and never those that are there', async () => {
  putExpired('api');
  delete process.env['AWS_SESSION_TOKEN'];
  await expect(invoke('api')).rejects.toThrow('1 of 1 floors');
  expect(logged[0]).toContain('AWS_SESSION_TOKEN');
  expect(logged.join()).not.toContain('a-secret');
});

it('throws at once, and names them all, when settings are missing', async () => {
  delete process.env[ENVIRONMENT.clusterName];
  delete process.env[ENVIRONMENT.clusterCertificate];
  await expect(invoke('api')).rejects.toThrow(
    'environment variables must be set, but are missing: CLUSTER_NAME, CLUSTER_CERTIFICATE',
  );
});

it('throws for an event without workloads', async () => {
  const { handler } = await import('../../../../lambda/predictive-scaler/release/handler');
  await expect(handler({} as Parameters<typeof handler>[0])).rejects.toThrow("a list 'workloads'");
});
