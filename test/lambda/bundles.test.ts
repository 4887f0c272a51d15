import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { METRICS } from '../../lambda/predictive-scaler/constants';
import { BANNER, bundleHandler } from '../helpers/bundle';
import { ROOT } from '../helpers/commands';
import { LambdaRuntime } from '../helpers/lambda-runtime/lambda-runtime';
import { ScalerCloud } from '../helpers/scaler-cloud';
import { workload } from './predictive-scaler/reconcile/rig';

/** Handlers of the scaler, and the one that builds the image, with the ceilings of their bundles, bytes. */
const HANDLERS = [
  ['lambda/predictive-scaler/handler.ts', 1_200_000],
  ['lambda/predictive-scaler/release/handler.ts', 200_000],
  ['lambda/image-build/handler.ts', 1_300_000],
] as const;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundles-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(HANDLERS)(
  '%s stays below %i bytes, and has no infrastructure or backtest in it',
  (entry, ceiling) => {
    const file = join(folder, `${ceiling}.mjs`);
    const inputs = bundleHandler(entry, file);
    expect(statSync(file).size).toBeLessThanOrEqual(ceiling);
    const foreign =
      /aws-cdk|cdk8s|constructs|^(lib|k8s|bin|test)\/|\/(backtest|kubeconfig|file-state-store)\b/;
    expect(inputs.filter((path) => foreign.test(path))).toEqual([]);
  },
);

describe('the bundled scaler under the runtime API', () => {
  let cloud: ScalerCloud;
  let runtime: LambdaRuntime;

  beforeAll(async () => {
    const file = join(folder, 'scaler.mjs');
    bundleHandler('lambda/predictive-scaler/handler.ts', file);
    cloud = await ScalerCloud.start();
    runtime = await LambdaRuntime.start(file, cloud.environment);
  });
  afterAll(async () => {
    await runtime.close();
    await cloud.close();
  });

  const NOW = new Date().toISOString();
  const hour = (ahead: number) =>
    new Date(Date.now() + ahead * 3_600_000).toISOString().slice(0, 16).concat('Z');
  const event = (change: object = {}) => ({
    shard: 'dev-1',
    intervalMinutes: 5,
    leaseMinutes: 20,
    workloads: [workload()],
    scheduledTime: NOW,
    ...change,
  });

  test('fails where nothing could be done, naming the first cause', async () => {
    const { error } = await runtime.invoke(event());
    expect(error?.errorMessage).toMatch(
      /^all 1 workloads failed, the first one, api, with not-found: GET of HPA default\/api/,
    );
    expect(runtime.output).not.toContain(METRICS.heartbeat);
  });

  test('refuses an event by its field', async () => {
    const { error } = await runtime.invoke(event({ leaseMinutes: '20' }));
    expect(error).toEqual({
      errorType: 'ScalerEventError',
      errorMessage: 'event.leaseMinutes must be a whole number between 3 and 1440, got "20"',
    });
  });

  const sale = () => ({
    name: 'sale',
    start: hour(-1),
    end: hour(1),
    timeZone: 'UTC',
    multiplier: 1,
    minReplicas: 9,
    excludeFromTraining: false,
  });

  test('sets the floor of a planned event, and writes its metrics as lines of their own', async () => {
    cloud.cluster.put({ name: 'api' });
    const { result } = await runtime.invoke(event({ workloads: [workload({ events: [sale()] })] }));
    expect(result).toEqual({ api: 'applied' });
    expect(cloud.cluster.get('api').spec['minReplicas']).toBeGreaterThan(3);
    const lines = runtime.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ _aws }) => _aws).slice(-2)).toMatchObject([
      { [METRICS.workloadDimension]: 'api', [METRICS.failed]: 0, [METRICS.base]: 3 },
      { [METRICS.shardDimension]: 'dev-1', [METRICS.heartbeat]: 1 },
    ]);
    expect(runtime.output).not.toMatch(/a-secret|a-session|k8s-aws-v1/);
  });

  test('killed between its decision and its floor, the second delivery to another process sets the floor', async () => {
    const shop = event({ workloads: [workload({ name: 'shop', hpaName: 'shop', events: [sale()] })] });
    cloud.cluster.put({ name: 'shop' });
    const patched = new Promise<void>((resolve) => {
      const isPatch = ({ method }: { method: string }) => {
        if (method === 'PATCH') resolve();
        return method === 'PATCH';
      };
      cloud.cluster.server.failWhere(isPatch, { kind: 'hang' });
    });
    const doomed = await LambdaRuntime.start(join(folder, 'scaler.mjs'), cloud.environment);
    void doomed.invoke(shop);
    await patched;
    await doomed.close();
    expect(cloud.cluster.get('shop').spec['minReplicas']).toBe(3);
    cloud.cluster.server.reset();
    expect((await runtime.invoke(shop)).result).toEqual({ shop: 'repaired' });
    expect(cloud.cluster.get('shop').spec['minReplicas']).toBeGreaterThan(3);
    expect((await runtime.invoke(shop)).result).toEqual({ shop: 'duplicate' });
  });
});

test('bundles are made here as lib/constructs/functions/node-function.ts makes them', () => {
  const source = readFileSync(join(ROOT, 'lib/constructs/functions/node-function.ts'), 'utf8');
  for (const option of [
    'format: OutputFormat.ESM',
    "mainFields: ['module', 'main']",
    'minify: true',
    'externalModules: []',
    "'--legal-comments': 'none'",
    `banner: "${BANNER}"`,
  ]) {
    expect(source).toContain(option);
  }
});
