import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ASSUMPTIONS } from '../../../bin/cost/assumptions';
import { formatReport } from '../../../bin/cost/format';
import { instanceTypeOf } from '../../../bin/cost/kubernetes/instance-types';
import { productOf } from '../../../bin/cost/prices/find-product';
import { priceTables, readTable } from '../../../bin/cost/prices/price-table';
import { type CostReport, reportOf } from '../../../bin/cost/report';
import { PRICED } from '../../../bin/cost/resources';
import { FREE } from '../../../bin/cost/resources/free';
import { synthesizeEnvironment } from '../../../bin/cost/synthesize-environment';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { ROOT } from '../../helpers/commands';
import { EXISTING_CLUSTER, testConfig } from '../../helpers/config';

function reportFor(config: ResolvedConfig): CostReport {
  return reportOf({
    ...synthesizeEnvironment(config),
    environment: config.environment,
    region: config.region,
    objectiveRequestsPerSecond: config.objectives.requestsPerSecond,
    instance: instanceTypeOf('m7i.large'),
    assumptions: DEFAULT_ASSUMPTIONS,
    tables: priceTables(config.region),
  });
}

const reports = {
  dev: reportFor(testConfig({}, 'dev')),
  staging: reportFor(testConfig({}, 'staging')),
  prod: reportFor(testConfig()),
  'prod with PgBouncer, passwords, replicas and an own NGINX': reportFor(
    testConfig({
      database: { pooler: 'pgbouncer', authentication: 'password', readReplicas: 1 },
      nginx: { enabled: true, tlsSecretName: 'nginx-tls' },
    }),
  ),
  'prod behind CloudFront alone': reportFor(
    testConfig({ loadBalancer: { exposure: 'cloudfront-only', cloudFrontPrefixListId: 'pl-3b927c52' } }),
  ),
  'prod with KEDA': reportFor(testConfig({ autoscaling: { driver: 'keda' } })),
  'prod in a cluster that is there': reportFor(
    testConfig({
      metrics: { scraperNamespace: 'monitoring' },
      cluster: {
        existing: EXISTING_CLUSTER,
      },
    }),
  ),
};

describe.each(Object.entries(reports))('%s', (_, report) => {
  test('has no resource of an unknown type', () => {
    expect(report.uncovered).toEqual([]);
  });

  test('needs prices of known products only', () => {
    expect(report.lines.map(({ priceKey }) => priceKey).filter((key) => !productOf(key))).toEqual([]);
  });

  test('costs more under more load', () => {
    const { low, expected, peak } = report.total;
    expect(low).toBeGreaterThan(0);
    expect(expected).toBeGreaterThan(low);
    expect(peak).toBeGreaterThan(expected);
  });
});

test.each(Object.entries(reports))('%s: every answer to a client is paid for', (_, report) => {
  const bytes = ['cloudfront.gb', 'data-transfer.internet.gb'];
  const gigabytes = report.lines
    .filter(({ priceKey }) => bytes.includes(priceKey))
    .reduce((sum, { quantity }) => sum + quantity.expected, 0);
  const answers = report.usage.expected.millionRequests * DEFAULT_ASSUMPTIONS['response-kilobytes'];
  expect(gigabytes).toBeGreaterThanOrEqual(answers);
});

test('behind CloudFront alone everything comes through it, and the report says so', () => {
  const report = reports['prod behind CloudFront alone'];
  expect(report.cdnPercent).toBe(100);
  expect(formatReport(report, DEFAULT_ASSUMPTIONS)).toContain(
    '  CloudFront is the only way in: cdn-percent is 100 here',
  );
});

test('nothing is both priced and free', () => {
  expect(Object.keys(FREE).filter((type) => type in PRICED)).toEqual([]);
});

test('a cluster that is there brings no fees of EKS, but its nodes are paid for', () => {
  const services = reports['prod in a cluster that is there'].lines.map(({ service }) => service);
  expect(services).toContain('EC2 m7i.large');
  expect(services).not.toContain('EKS cluster');
  expect(services).not.toContain('EKS Auto Mode');
});

test('KEDA scales between the same bounds as the HPA', () => {
  expect(reports['prod with KEDA'].usage).toMatchObject({
    low: { replicas: reports.prod.usage.low.replicas },
    peak: { replicas: reports.prod.usage.peak.replicas },
  });
});

describe('the price tables of the repository', () => {
  const folder = join(ROOT, 'bin', 'cost', 'prices');
  const tables = readdirSync(folder).filter((name) => name.endsWith('.json'));

  test.each(tables)(
    '%s is named for its region and has a source, a day and a price for every product',
    (name) => {
      const { region, prices } = readTable(join(folder, name));
      expect(name).toBe(`${region}.json`);
      expect(Object.keys(prices).length).toBeGreaterThan(0);
      expect(Object.keys(prices).filter((key) => !productOf(key))).toEqual([]);
      expect(Object.keys(prices)).toEqual(Object.keys(prices).sort());
      for (const { seen, asOf = seen } of Object.values(prices)) expect(asOf <= seen).toBe(true);
    },
  );
});
