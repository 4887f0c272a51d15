import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ANNOTATIONS, ENVIRONMENT, FIELD_MANAGER } from '../../../../lambda/predictive-scaler/constants';
import { ROOT } from '../../../helpers/commands';
import { FakeKubernetes } from '../../../helpers/fake-kubernetes/fake-kubernetes';

/** Ceiling of the bundle, bytes: it starts when all else has failed, and has to start at once. */
const MAX_BYTES = 200_000;

let folder: string;
let bundle: string;
let inputs: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'release-'));
  bundle = join(folder, 'handler.mjs');
  const { metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: ['lambda/predictive-scaler/release/handler.ts'],
    outfile: bundle,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    metafile: true,
  });
  inputs = Object.keys(metafile.inputs);
});
afterAll(() => rmSync(folder, { recursive: true }));

it('is small', () => {
  expect(statSync(bundle).size).toBeLessThanOrEqual(MAX_BYTES);
});

it('has the Kubernetes client and a signer, and nothing of forecasts, of AWS clients or of YAML', () => {
  expect(inputs).toContain('lambda/predictive-scaler/hpa/kubernetes-hpa-client.ts');
  const foreign =
    /\/(model|decision|backtest|metrics|state|kubeconfig)\b|@aws-sdk|node_modules\/(yaml|aws-cdk)/;
  expect(inputs.filter((path) => foreign.test(path))).toEqual([]);
});

it('runs as Node loads it, and ends a lease', async () => {
  const cluster = await FakeKubernetes.start((token) => token.startsWith('k8s-aws-v1.'));
  cluster.put({ name: 'api' });
  cluster.apply('api', FIELD_MANAGER, {
    metadata: { annotations: { [ANNOTATIONS.expiresAt]: '2020-01-01T00:00:00Z' } },
    spec: { minReplicas: 20 },
  });
  const runner = join(folder, 'run.mjs');
  const workload = { name: 'api', namespace: 'default', hpaName: 'api', baseMinReplicas: 3 };
  writeFileSync(
    runner,
    `import { handler } from './handler.mjs'; await handler(${JSON.stringify({ workloads: [workload] })}); process.exit(0);`,
  );
  const { code, out } = await run(runner, {
    [ENVIRONMENT.clusterName]: 'dev',
    [ENVIRONMENT.clusterEndpoint]: cluster.server.url,
    [ENVIRONMENT.clusterCertificate]: Buffer.from(cluster.certificateAuthority).toString('base64'),
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'a-secret',
    AWS_SESSION_TOKEN: 'a-session',
  });
  expect({ code, log: out }).toMatchObject({ code: 0, log: expect.stringContaining('"outcome":"released"') });
  expect(cluster.get('api').spec['minReplicas']).toBe(3);
  await cluster.close();
});

async function run(script: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [script], { env });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out: Buffer.concat(chunks).toString() };
}
