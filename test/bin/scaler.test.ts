import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../bin/scaler';
import { FakeKubernetes } from '../helpers/fake-kubernetes/fake-kubernetes';
import { exampleTraffic, trafficCsv } from '../helpers/traffic';
import { START_MINUTE, workload } from '../lambda/predictive-scaler/reconcile/rig';

let folder: string;
let cluster: FakeKubernetes;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scaler-'));
  cluster = await FakeKubernetes.start();
  cluster.put({ name: 'api' });
  const settings = workload({ load: { ...workload().load, scale: 1 } });
  writeFileSync(file('traffic.csv'), trafficCsv(exampleTraffic(9, 5)));
  writeFileSync(file('workloads.json'), JSON.stringify([settings]));
  writeFileSync(file('broken.json'), JSON.stringify([{ ...settings, hpaTarget: 70 }]));
  writeFileSync(file('twice.json'), JSON.stringify([settings, settings]));
  writeFileSync(file('gone.json'), JSON.stringify([{ ...settings, hpaName: 'gone' }]));
  writeFileSync(file('token'), 'the-token\n');
  writeFileSync(file('ca.pem'), cluster.certificateAuthority);
  writeFileSync(
    file('kubeconfig'),
    JSON.stringify({
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
      clusters: [
        { name: 'here', cluster: { server: cluster.server.url, 'certificate-authority': file('ca.pem') } },
      ],
      users: [{ name: 'me', user: { token: 'the-token' } }],
    }),
  );
});
afterAll(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true });
});

async function scaler(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = {
    print: (line: string) => out.push(line),
    printError: (line: string) => err.push(line),
  };
  const code = await main(argv, terminal, () => START_MINUTE * 60_000);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

function once(...more: string[]) {
  const traffic = ['--metrics', 'csv', '--traffic', `api=${file('traffic.csv')}`];
  return scaler('--once', ...traffic, '--state-dir', file('states'), ...more);
}

const direct = () => ['--server', cluster.server.url, '--token-file', file('token'), '--ca', file('ca.pem')];

test('forecasts and decides without a change, then sets the floor, then finds it there', async () => {
  const files = ['--workloads', file('workloads.json'), '--interval-minutes', '15'];
  const dry = await once(...files, '--kubeconfig', file('kubeconfig'), '--dry-run');
  expect(dry).toMatchObject({ code: 0, err: '' });
  expect(dry.out).toMatch(
    /traffic\.csv: CSV, column 2 "value", .*\napi: dry-run\n {2}decision {2}floor 3 -> \d+ .*\n {2}floor {5}\d+ replicas, base 3, maximum 50/,
  );
  expect(dry.out).toMatch(
    /gate {6}ACTIVE[\s\S]*forecast {2}15 min ahead \d+[\s\S]*experts {3}15 min ahead: lad \d+ %/,
  );
  expect(cluster.get('api').spec['minReplicas']).toBe(3);

  const set = await once(...files, ...direct(), '--json');
  const [report] = JSON.parse(set.out).workloads;
  expect(report).toMatchObject({ workload: 'api', outcome: 'applied' });
  expect(cluster.get('api').spec['minReplicas']).toBe(report.record.floor);

  const again = await once(...files, ...direct());
  expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/^api: duplicate\n/m) });
});

test('says what went wrong with a workload, and ends with 2', async () => {
  const { code, out } = await once('--workloads', file('gone.json'), ...direct());
  expect(code).toBe(2);
  expect(out).toMatch(/^api: failed\n.*\n {2}problem {3}not-found: GET of HPA default\/gone/m);
});

it.each([
  [['--workloads', 'x'], /--once is needed/],
  [['--once'], /--workloads <file> is needed/],
  [['--once', '--workloads', 'x'], /either --kubeconfig \(and --context\), or all of --server/],
  [['--once', '--workloads', 'x', '--kubeconfig', 'k', '--metrics', 'csv'], /takes --traffic/],
  [['--once', '--workloads', 'x', '--traffic', 'api'], /--traffic must be <name>=<file>, got api/],
  [['--once', '--workloads', 'x', '--metrics', 'prometheus'], /must be cloudwatch or csv, got prometheus/],
  [['--once', '--workloads', 'x', '--kubeconfig', 'k', '--lease-minutes', '1'], /between 3 and 1440, got 1/],
  [['--once', '--workloads', 'x', '--kubeconfig', 'k'], /--workloads must be a file that can be read/],
  [['--once', '--forever'], /--forever/],
])('refuses %j', async (argv, message) => {
  const { code, err } = await scaler(...argv);
  expect(code).toBe(1);
  expect(err).toMatch(message);
});

it.each([
  ['broken.json', /broken.json\[0\].hpaTarget must be a number above 0 and at most 1, got 70/],
  ['twice.json', /a name must be unique, got api twice/],
  ['token', /must be JSON/],
])('refuses workloads of %s by their field', async (name, message) => {
  const { code, err } = await once('--workloads', file(name), ...direct());
  expect(code).toBe(1);
  expect(err).toMatch(message);
});

test.each([
  [['--kubeconfig', '/nowhere'], /\/nowhere: cannot be read/],
  [['--server', 'http://here', '--token-file', 'token', '--ca', 'ca.pem'], /must be an https:\/\/ address/],
])('refuses a cluster it cannot reach safely: %j', async (argv, message) => {
  const paths = argv.map((arg) => (['token', 'ca.pem'].includes(arg) ? file(arg) : arg));
  const { code, err } = await once('--workloads', file('workloads.json'), ...paths);
  expect(code).toBe(1);
  expect(err).toMatch(message);
});

test('--help lists every option', async () => {
  const { code, out } = await scaler('--help');
  expect(code).toBe(0);
  for (const option of [
    '--once',
    '--kubeconfig',
    '--traffic',
    '--state-dir',
    '--dry-run',
    '--interval-minutes',
  ]) {
    expect(out).toContain(option);
  }
});
