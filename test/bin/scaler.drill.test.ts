import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { main } from '../../bin/scaler';
import { FakeCloudWatch } from '../helpers/fake-aws/fake-cloudwatch';
import { FakeKubernetes } from '../helpers/fake-kubernetes/fake-kubernetes';
import { exampleTraffic, trafficCsv } from '../helpers/traffic';
import { START_MINUTE, workload } from '../lambda/predictive-scaler/reconcile/rig';

let folder: string;
let cluster: FakeKubernetes;
let cloudWatch: FakeCloudWatch;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scaler-'));
  cluster = await FakeKubernetes.start();
  cluster.put({ name: 'api' });
  cloudWatch = await FakeCloudWatch.start();
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
  await cloudWatch.close();
  rmSync(folder, { recursive: true });
});

/** Nothing of this machine: no kubeconfig is found unless a test says so. */
let environment: Record<string, string> = {};
beforeEach(() => {
  environment = { HOME: folder };
});

async function scaler(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = {
    print: (line: string) => out.push(line),
    printError: (line: string) => err.push(line),
  };
  const code = await main(argv, terminal, {
    now: () => START_MINUTE * 60_000,
    environment,
    cloudWatch: cloudWatch.client,
  });
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
  expect(dry.out).toContain(`cluster: ${cluster.server.url}\n`);
  expect(dry.out).toMatch(
    /traffic\.csv: CSV, column 2 "value", .*\ncluster: .*\napi: dry-run\n {2}decision {2}floor 3 -> \d+ .*\n {2}floor {5}\d+ replicas, base 3, maximum 50/,
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

describe('a kubeconfig of KUBECONFIG', () => {
  /** Writes a program, and a kubeconfig that logs in by it. */
  function write(source: string) {
    writeFileSync(file('log-in'), `#!${process.execPath}\n${source}\n`);
    chmodSync(file('log-in'), 0o755);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './log-in' };
    writeFileSync(file('users'), JSON.stringify({ users: [{ name: 'me', user: { exec } }] }));
    environment = { KUBECONFIG: [file('no'), file('users'), file('kubeconfig')].join(delimiter) };
  }

  test('logs in by a program', async () => {
    const answer = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' };
    write(`console.log('${JSON.stringify({ ...answer, status: { token: 'the-token' } })}')`);
    const { code, out, err } = await once('--workloads', file('workloads.json'), '--dry-run');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('api: ');
    const [request] = cluster.server.requests.slice(-1);
    expect(request?.headers.authorization).toBe('Bearer the-token');
  });

  test('fails with the words of the program before anything is measured', async () => {
    write(`console.error('The SSO session has expired'); process.exitCode = 255`);
    const { code, err } = await once('--workloads', file('workloads.json'));
    expect(code).toBe(1);
    expect(err).toContain(
      `${file('users')}: user 'me' of context 'here' logs in with './log-in', which ended with exit code 255: The SSO session has expired`,
    );
  });

  test('fails where there is none', async () => {
    const { code, err } = await once('--workloads', file('workloads.json'));
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining(`there is no kubeconfig at ${join(folder, '.kube', 'config')}`),
    });
  });
});

describe('--recommend', () => {
  const traffic = () => ['--recommend', '--trace', file('traffic.csv')];

  test('says what the deployed function would decide at the end of a file, with the load and its patterns', async () => {
    const { code, out, err } = await scaler(...traffic(), '--replicas', '4');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const line of [
      /^.*traffic\.csv: CSV, column 2 "value"/,
      /\ntraffic: SCALE_UP, 4 -> \d+ replicas at 2025-01-15T00:00:00Z\n/,
      / {2}reason {4}[a-z-]+: floor 4 -> \d+ /,
      / {2}gate {6}ACTIVE \(all-checks-passed\)/,
      / {2}forecast {2}15 min ahead [\d.]+, 95 % below [\d.]+, which needs \d+ replicas/,
      / {2}accuracy {2}of \d+ forecasts of the last day: error \d+ %, skill \d+ % .*, \d+ % of loads/,
      / {2}capacity {2}now: needs \d+; 4 replicas are \d+ % used/,
      / {2}capacity {2}busiest hour of the next 24, 2025-01-15T\d\d:00:00Z, up to [\d.]+: needs \d+; 50/,
      / {2}weekdays {2}[▁▂▃▄▅▆▇█]{24} {2}[\d.]+ to [\d.]+, most [\d.]+ at \d+:00\n {2}weekend {3}[▁▂▃▄▅▆▇█]{24}/,
    ]) {
      expect(out).toMatch(line);
    }
  });

  test('says it as JSON, with the limits that were given', async () => {
    const limits = ['--min-replicas', '2', '--max-replicas', '5', '--capacity', '200', '--hpa-target', '60'];
    const { out } = await scaler(...traffic(), ...limits, '--json');
    const { recommendations, traffic: files } = JSON.parse(out);
    expect(files).toMatchObject([{ understood: { stepMinutes: 5 } }]);
    expect(recommendations).toMatchObject([
      {
        workload: 'traffic',
        at: '2025-01-15T00:00:00Z',
        load: expect.any(Number),
        forecasts: [{ horizonMinutes: 15 }, { horizonMinutes: 30 }],
        gate: { state: 'ACTIVE', evidence: { skill: expect.any(Number) } },
        replicas: { isCurrentKnown: false, action: expect.stringMatching(/SCALE_UP|SCALE_DOWN|MAINTAIN/) },
        capacity: { busiest: { replicas: 5, needed: expect.any(Number) } },
      },
    ]);
    expect(recommendations[0].hourlyPatterns.weekdays).toHaveLength(24);
    expect(recommendations[0].replicas.recommended).toBeLessThanOrEqual(5);
  });

  test('says what a gate waits for, and keeps the replicas', async () => {
    writeFileSync(file('young.csv'), trafficCsv(exampleTraffic(3, 5)));
    const { code, out } = await scaler('--recommend', '--trace', file('young.csv'), '--replicas', '9');
    expect(code).toBe(0);
    expect(out).toContain('young: MAINTAIN, 9 -> 9 replicas');
    expect(out).toContain('WARMING (history-too-short), waits for 7 days of history, has 3.0');
    expect(out).toContain('load by hour: unknown before there is a week of history');
  });

  const workloads = () => [
    ...['--recommend', '--workloads', file('workloads.json')],
    ...['--metrics', 'csv', '--traffic', `api=${file('traffic.csv')}`],
  ];

  test('needs no cluster, and reads what CloudWatch has', async () => {
    const points = exampleTraffic(9, 5).map(({ minute, load }) => [minute, load] as const);
    cloudWatch.put({ namespace: 'Example', name: 'Requests', dimensions: {} }, new Map(points));
    const { code, out, err } = await scaler('--recommend', '--workloads', file('workloads.json'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^api: [A-Z_]+, \d+ \(assumed\) -> \d+ replicas/);
    expect(out).toMatch(
      /replicas {2}unknown; an HPA with a target of 70 % asks for \d+ at this load; give them/,
    );
    expect(cloudWatch.calls).toHaveLength(1);
  });

  test('says what CloudWatch answers where it refuses, and ends with 2', async () => {
    cloudWatch.refuseNext(403, 'AccessDenied');
    const { code, out } = await scaler('--recommend', '--workloads', file('workloads.json'));
    expect(code).toBe(2);
    expect(out).toMatch(/^api: no recommendation\n {2}problem {3}forbidden: .*AccessDenied on purpose/);
  });

  test('reads the replicas and their maximum from a cluster that is named, and changes nothing', async () => {
    cluster.put({ name: 'api', maxReplicas: 12, status: { currentReplicas: 7, desiredReplicas: 7 } });
    cluster.server.reset();
    const { out } = await scaler(...workloads(), '--kubeconfig', file('kubeconfig'), '--json');
    const [{ replicas, capacity }] = JSON.parse(out).recommendations;
    expect(replicas).toMatchObject({ current: 7, isCurrentKnown: true });
    expect(capacity.busiest.replicas).toBe(12);
    expect(cluster.server.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('says which workload has a problem, and ends with 2', async () => {
    const gone = workloads().with(2, file('gone.json'));
    const { code, out } = await scaler(...gone, '--kubeconfig', file('kubeconfig'));
    expect(code).toBe(2);
    expect(out).toMatch(/api: no recommendation\n {2}problem {3}not-found: GET of HPA default\/gone/);
  });

  test('takes no steps that the deployed function does not take', async () => {
    writeFileSync(file('hourly.csv'), trafficCsv(exampleTraffic(9, 60)));
    const { code, err } = await scaler('--recommend', '--trace', file('hourly.csv'));
    expect(code).toBe(1);
    expect(err).toMatch(/hourly.csv: --recommend takes steps of 1 or 5 minutes, got 60; .*npm run backtest/);
  });

  test.each([
    [['--recommend'], /takes one of --trace <file> and --workloads <file>/],
    [['--recommend', '--once'], /one of --once, --recommend and --local is needed/],
    [
      ['--recommend', '--trace', 'x', '--kubeconfig', 'k'],
      /--kubeconfig has no meaning with --recommend --trace/,
    ],
    [
      ['--recommend', '--workloads', 'x', '--capacity', '9'],
      /--capacity has no meaning with --recommend --work/,
    ],
    [['--once', '--workloads', 'x', '--replicas', '9'], /--replicas has no meaning with --once/],
    [['--recommend', '--trace', 'x', '--replicas', '0'], /--replicas must be a whole number between 1 and/],
    [
      ['--recommend', '--trace', 'x', '--max-replicas', '2'],
      /--max-replicas must be .* between 3 and 10000, got 2/,
    ],
    [['--recommend', '--trace', 'x', '--time-zone', 'Mars'], /--time-zone must be an IANA name/],
  ])('refuses %j', async (argv, message) => {
    const { code, err } = await scaler(...argv);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });
});

test('says what went wrong with a workload, and ends with 2', async () => {
  const { code, out } = await once('--workloads', file('gone.json'), ...direct());
  expect(code).toBe(2);
  expect(out).toMatch(/^api: failed\n.*\n {2}problem {3}not-found: GET of HPA default\/gone/m);
});

it.each([
  [['--workloads', 'x'], /one of --once, --recommend and --local is needed/],
  [['--once'], /--workloads <file> is needed/],
  [
    ['--once', '--workloads', 'x', '--server', 'https://x'],
    /either by --kubeconfig and --context, or by all of/,
  ],
  [['--once', '--workloads', 'x', '--kubeconfig', 'k', '--metrics', 'csv'], /takes --traffic/],
  [['--once', '--workloads', 'x', '--traffic', 'api'], /--traffic must be <name>=<file>, got api/],
  [
    ['--once', '--workloads', 'x', '--metrics', 'prometheus'],
    /must be one of cloudwatch, csv, got prometheus/,
  ],
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
