import type { CostLine } from '../../../bin/cost/estimate';
import { formatReport } from '../../../bin/cost/format';
import { reportOf } from '../../../bin/cost/report';
import { SMALL, tableWithout } from './small-environment';

const report = reportOf(SMALL);

/** USD of the lines of a service, rounded to a thousandth of a cent. */
function usd(service: string, lines: readonly CostLine[] = report.lines) {
  const own = lines.filter((line) => line.service === service);
  const sum = (scenario: 'low' | 'expected' | 'peak') =>
    Number(own.reduce((total, line) => total + (line.usd?.[scenario] ?? Number.NaN), 0).toFixed(5));
  return [sum('low'), sum('expected'), sum('peak')];
}

describe('a NAT gateway, a load balancer, a database and an API of two to ten replicas', () => {
  test('carry a hundredth of the mean load, 20 % of the objective, and what ten replicas are scaled for', () => {
    // 730 h x 3,600 s = 2,628,000 s. Expected 20 % x 1,000 = 200 requests/s: 2 replicas, 525.6 million a month.
    // Low 1 % of that. Peak 10 x 100 = 1,000 requests/s.
    expect(report.usage).toEqual({
      low: { replicas: 2, requestsPerSecond: 2, millionRequests: 5.256, nodes: 1 },
      expected: { replicas: 2, requestsPerSecond: 200, millionRequests: 525.6, nodes: 1 },
      peak: { replicas: 10, requestsPerSecond: 1000, millionRequests: 2628, nodes: 4 },
    });
  });

  test.each([
    // 730 h x 0.05
    ['NAT gateway', [36.5, 36.5, 36.5]],
    // 20 GB, and 0.5 KB a request: 2.628, 262.8 and 1,314 GB; at 0.04
    ['NAT gateway, data', [0.90512, 11.312, 53.36]],
    // 730 h x 0.005: one of the NAT gateway, two of the load balancer in two zones
    ['Public IPv4 address', [10.95, 10.95, 10.95]],
    // 730 h x 0.02
    ['Load balancer', [14.6, 14.6, 14.6]],
    // By bytes: 12 KB x 200 x 3,600 = 8.64 GB/h, against 20/25 new and 20 x 120/3,000 active connections;
    // x 730 h x 0.01. Low a hundredth, peak five times that.
    ['Load balancer, capacity', [0.63072, 63.072, 315.36]],
    // 80 % of the responses, 10 KB each: 42.048, 4,204.8 and 21,024 GB; and 0.25 KB a request through the NAT gateway:
    // 1.314, 131.4 and 657 GB; at 0.1
    ['Data to the internet', [4.3362, 433.62, 2168.1]],
    // 730 h x 0.06
    ['RDS db.t4g.medium', [43.8, 43.8, 43.8]],
    // 20 GB, a fifth of the way to 70 GB, 70 GB; at 0.1
    ['RDS storage, gp3', [2, 3, 7]],
    // 2 % a day of that, five days; at 0.1
    ['RDS backups', [0.2, 0.3, 0.7]],
    // Of 2,000 m the kubelet keeps 70 and agents 300; 80 % of 1,630 m is usable: 2 x 500 m fit one node, 10 x 500 m
    // take four. 730 h x 0.1
    ['EC2 m7i.large', [73, 73, 292]],
    // 80 GB a node, at 0.08
    ['Disks of nodes', [6.4, 6.4, 25.6]],
  ])('%s', (service, expected) => {
    expect(usd(service)).toEqual(expected);
  });

  test('come to the sum of these', () => {
    const { low, expected, peak } = report.total;
    expect(low).toBeCloseTo(193.32204, 6);
    expect(expected).toBeCloseTo(696.554, 6);
    expect(peak).toBeCloseTo(2967.97, 6);
    // 696.554 / 525.6
    expect(report.perMillionRequests.expected).toBeCloseTo(1.32525, 5);
  });

  test('are told apart by stack and driver', () => {
    const rows = report.subtotals.map(({ stack, driver, usd: { expected } }) => [
      stack,
      driver,
      Number(expected.toFixed(3)),
    ]);
    expect(rows).toEqual([
      ['Network', 'fixed', 40.95],
      ['Network', 'per-million-requests', 23.652],
      ['Data', 'fixed', 46],
      ['Data', 'per-million-requests', 1.1],
      ['Ingress', 'fixed', 21.9],
      ['Ingress', 'per-million-requests', 483.552],
      ['Kubernetes', 'per-replica', 79.4],
    ]);
  });
});

describe('a missing price', () => {
  const lacking = reportOf({ ...SMALL, tables: tableWithout('rds.db.t4g.medium.single-az.hour') });

  test('is no number', () => {
    const line = lacking.lines.find(({ service }) => service === 'RDS db.t4g.medium');
    expect(line).toMatchObject({ usdPerUnit: null, usd: null });
  });

  test('is counted, and missing from the sum', () => {
    expect(lacking.total.expected).toBeCloseTo(696.554 - 43.8, 6);
    expect(lacking.subtotals.find(({ stack }) => stack === 'Data')).toMatchObject({ unpriced: 1 });
  });

  test('is printed', () => {
    const text = formatReport(lacking, SMALL.assumptions).join('\n');
    expect(text).toContain('No price, and so not in the sum (1):');
    expect(text).toContain('730 hour at the expected load: no price for rds.db.t4g.medium.single-az.hour');
  });
});

test('a resource that nobody has said anything about is counted and printed', () => {
  const robot = { Type: 'AWS::RoboMaker::Robot' };
  const strange = reportOf({
    ...SMALL,
    stacks: [...SMALL.stacks, { id: 'Robots', region: 'us-east-1', resources: { One: robot, Two: robot } }],
  });
  expect(strange.uncovered).toEqual([{ stack: 'Robots', type: 'AWS::RoboMaker::Robot', count: 2 }]);
  const text = formatReport(strange, SMALL.assumptions).join('\n');
  expect(text).toContain('Not covered, and so not in the sum (2):\n  Robots: 2 x AWS::RoboMaker::Robot');
});

test('a document that nobody has said anything about is counted', () => {
  const service = (type: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: type },
    spec: { type },
  });
  const agent = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent' } };
  const documents = [...SMALL.documents, service('ClusterIP'), service('LoadBalancer'), agent];
  expect(reportOf({ ...SMALL, documents }).uncovered).toEqual([
    { stack: 'Kubernetes', type: 'Service', count: 1 },
    { stack: 'Kubernetes', type: 'DaemonSet', count: 1 },
  ]);
});

test('a stack in another region has the prices of that region', () => {
  const region = 'eu-central-1';
  const abroad = reportOf({
    ...SMALL,
    stacks: SMALL.stacks.map((stack) => (stack.id === 'Network' ? { ...stack, region } : stack)),
    tables: (of) => (of === region ? { region, prices: {} } : SMALL.tables(of)),
  });
  expect(abroad.lines.filter(({ usd: cost }) => cost === null).map(({ service }) => service)).toEqual([
    'Public IPv4 address',
    'NAT gateway',
    'NAT gateway, data',
    'NAT gateway, data',
    'Data to the internet',
  ]);
});

test('without an autoscaler a Deployment is as large as it says', () => {
  const [deployment] = SMALL.documents;
  const fixed = { ...deployment, spec: { ...(deployment?.['spec'] as object), replicas: 4 } };
  const { usage } = reportOf({ ...SMALL, documents: [fixed as (typeof SMALL.documents)[number]] });
  expect(usage.low.replicas).toBe(4);
  expect(usage.peak).toMatchObject({ replicas: 4, requestsPerSecond: 400 });
});
