import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../bin/sizing';
import { sizingLines } from '../../bin/sizing/format-sizing';
import { COST_FIGURES, COST_NAMES, type CostFigure } from '../../bin/sizing/request-cost';
import type { SizingReport } from '../../bin/sizing/size-environment';
import { NAMESPACE, VPA_NAME } from '../../lib/config/names';
import { FakeCluster } from '../helpers/fake-kubernetes/fake-cluster';
import { runMain } from '../helpers/run-main';
import { exampleTraffic } from '../helpers/traffic';

const ROOT = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'sizing-'));
const trace = join(folder, 'traffic.csv');

beforeAll(() => {
  const rows = exampleTraffic(3, 5).map(
    ({ minute, load }) => `${new Date(minute * 60_000).toISOString()},${load / 10}`,
  );
  writeFileSync(trace, ['timestamp,value', ...rows, ''].join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const sizing = (...argv: string[]) => runMain(main, ...argv);

describe('npm run sizing', () => {
  /** One run for several tests: both configurations are synthesized, which takes seconds. */
  const patch = join(folder, 'sizes.patch');
  let report: SizingReport & { readonly data: { readonly rows: number } };
  let cluster: FakeCluster;
  beforeAll(async () => {
    cluster = await FakeCluster.start([['autoscaling.k8s.io/v1', 'VerticalPodAutoscaler']]);
    putRecommendation(cluster);
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(cluster)));
    const argv = [
      '--kubeconfig',
      kubeconfig,
      '--env',
      'staging',
      '--growth',
      '2',
      '--llm-seconds',
      '10',
      '--hit-rate',
      '0',
    ];
    const { code, out, errors } = await sizing('--trace', trace, '--patch', patch, '--json', ...argv);
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    report = JSON.parse(out) as typeof report;
  });
  afterAll(() => cluster.close());

  test('gives machines everything, for the figures and the growth that were given', () => {
    expect(report).toMatchObject({ environment: 'staging', data: { rows: 864 } });
    // The cluster's VPA has seen more than the formula says.
    expect(report.vpa).toMatchObject({ cpuMillis: 345, memoryMib: 300 });
    expect(report.sizing.pod.cpuRequestMillis).toBe(345);
    expect(report.cost).toMatchObject({ 'llm-seconds': 10, 'hit-rate': 0, 'cpu-ms': 0.45 });
    expect(report.shape.peak).toBeGreaterThan(300);
    expect(report.configured.bottleneck.resource).toBe('connections to providers');
    expect(report.monthly.configured.usd).toBeGreaterThan(0);
    expect(report.changes.map(({ path, to }) => ({ path, to }))).toEqual(
      expect.arrayContaining([
        { path: 'gateway.expectedCallSeconds', to: 10 },
        { path: 'gateway.expectedCacheHitPercent', to: 0 },
      ]),
    );
  });

  test('writes a patch that git applies, and that says what it claims', () => {
    expect(readFileSync(patch, 'utf8')).toBe(report.patch);
    const copy = join(folder, 'lib', 'config');
    mkdirSync(copy, { recursive: true });
    const file = join(copy, 'environments.ts');
    writeFileSync(file, readFileSync(join(ROOT, 'lib/config/environments.ts')));
    execFileSync('git', ['apply', patch], { cwd: folder });
    const { environments } = jest.requireActual<{ environments: Record<string, unknown> }>(file);
    for (const { path, to } of report.changes) {
      expect({ path, value: valueAt(environments['staging'], path) }).toEqual({ path, value: to });
    }
  });

  test('shows people sizes, uses, bottleneck and cost', () => {
    const text = sizingLines(report).join('\n');
    expect(text).toMatch(/^staging: sizes for its traffic$/m);
    expect(text).toMatch(/^Traffic: mean [\d.]+, busiest hour [\d.]+, peak [\d.]+ requests\/s/m);
    expect(text).toMatch(/^CPU of a pod +345m, limit \d+m +the VPA recommends 345m/m);
    expect(text).toMatch(/^Replayed the last 3 days/m);
    expect(text).toMatch(/^replicas +\d+ to \d+ +target \d+ requests\/s of a pod/m);
    expect(text).toMatch(
      /^Configured: the bottleneck is connections to providers .+ it ends at \d+ requests\/s$/m,
    );
    expect(text).toMatch(/^A month at the mean load: [\d,]+ USD/m);
    // Prices of staging's classes are in no table: no saving is claimed where one that changes is missing.
    expect(text).toMatch(/^The (saving is unknown|recommendation (saves|costs))/m);
  });

  test.each([
    { argv: [], message: '--trace <file> is needed; see --help' },
    {
      argv: ['--trace', 'x', '--env', 'qa'],
      message: '--env must be one of sandbox, dev, staging, prod, got qa',
    },
    { argv: ['--trace', 'x', '--growth', '0'], message: '--growth must be a number above 0, got 0' },
    { argv: ['--trace', 'none.csv'], message: /none\.csv/ },
    {
      argv: ['--trace', 'TRACE', '--hit-rate', '101'],
      message: '--hit-rate must be a number between 0 and 100, got 101',
    },
    { argv: ['--trace', 'TRACE', '--kubeconfig', 'none'], message: /none: cannot be read/ },
    {
      argv: ['--trace', 'TRACE', '--patch', '/none/there.patch'],
      message: '--patch must lead to a file that can be written, got /none/there.patch (ENOENT)',
    },
  ])('$argv ends with 1', async ({ argv, message }) => {
    const { code, out, errors } = await sizing(...argv.map((one) => (one === 'TRACE' ? trace : one)));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(errors.join('\n')).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  test('lists every figure of a request in its help', async () => {
    const { code, out } = await sizing('--help');
    expect(code).toBe(0);
    for (const name of COST_NAMES) expect(out).toContain(`--${name} <n>`);
  });
});

describe('the figures of a request', () => {
  const page = readFileSync(join(ROOT, 'docs/sizing.md'), 'utf8');

  test.each(COST_NAMES)('%s stands in docs/sizing.md with its default', (name) => {
    const { value }: CostFigure = COST_FIGURES[name];
    const row = page.split('\n').find((line) => line.startsWith(`| \`--${name}\``)) ?? '';
    expect(row.split('|')[2]?.trim()).toBe(value === undefined ? 'the knob' : String(value));
  });

  test.each([
    [
      'docs/gateway-figures.md',
      'takes about 0.45 ms of it once the code is compiled, and 0.06 ms of PostgreSQL',
    ],
    ['docs/gateway-figures.md', '207, 208, 209 MiB'],
    ['docs/service-figures.md', 'the API process took 210 MiB (idle: 134)'],
    ['docs/service-figures.md', 'took 11.5 s for a million rows'],
    ['docs/service-figures.md', 'some 12 records each'],
    ['docs/database.md', '2 to 4 s for each million requests'],
  ])('%s says: %s', (file, text) => {
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(text);
  });
});

const VPA = {
  apiVersion: 'autoscaling.k8s.io/v1',
  kind: 'VerticalPodAutoscaler',
  metadata: { name: VPA_NAME, namespace: NAMESPACE },
};

function putRecommendation(cluster: FakeCluster): void {
  const target = { cpu: '345m', memory: '300Mi' };
  cluster.apply(VPA, 'llm-cost-ops-deploy');
  cluster.report(VPA, { recommendation: { containerRecommendations: [{ containerName: 'api', target }] } });
}

function kubeconfigOf({ connection: { endpoint, certificateAuthority } }: FakeCluster): object {
  const data = Buffer.from(certificateAuthority).toString('base64');
  return {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: endpoint, 'certificate-authority-data': data } }],
    users: [{ name: 'test', user: { token: 'the-token' } }],
  };
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce((section, key) => (section as Record<string, unknown>)?.[key], value);
}
