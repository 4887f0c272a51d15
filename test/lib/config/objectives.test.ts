import { type Objective, objectivesOf } from '../../../lib/config/objectives';
import { EXISTING_CLUSTER, problems, testConfig } from '../../helpers/config';

const idsOf = (...config: Parameters<typeof testConfig>) =>
  objectivesOf(testConfig(...config)).map(({ id }) => id);

const objectiveOf = (id: string, ...config: Parameters<typeof testConfig>): Objective => {
  const found = objectivesOf(testConfig(...config)).find((objective) => objective.id === id);
  if (found === undefined) throw new Error(`no objective ${id}`);
  return found;
};

const EXISTING = { existing: EXISTING_CLUSTER };

describe('objectives', () => {
  // Every line of the seed's performance_targets, and what the issue of pools and queries adds to them.
  test.each([
    ['api_latency.p50 < 100ms', 'latency-p50', { limit: 100, unit: 'ms', missed: 'above' }],
    ['api_latency.p95 < 500ms', 'latency-p95', { budgetPercent: 5, slowerThanMilliseconds: 500 }],
    ['api_latency.p99 < 1000ms', 'latency-p99', { budgetPercent: 1, slowerThanMilliseconds: 1000 }],
    [
      'throughput.requests_per_second > 1000',
      'throughput',
      { limit: 800, unit: 'requests/s', missed: 'above' },
    ],
    [
      'throughput.concurrent_users > 10000',
      'concurrency',
      { limit: 8000, unit: 'connections', missed: 'above' },
    ],
    ['resource_utilization.cpu < 70%', 'api-cpu', { limit: 70, missed: 'above' }],
    ['resource_utilization.cpu < 70%', 'database-cpu', { limit: 70, missed: 'above' }],
    ['resource_utilization.cpu < 70%', 'cache-cpu', { limit: 70, missed: 'above' }],
    ['resource_utilization.memory < 80%', 'api-memory', { limit: 80, missed: 'above' }],
    ['resource_utilization.memory < 80%', 'database-memory', { limit: 80, missed: 'above' }],
    ['resource_utilization.memory < 80%', 'cache-memory', { limit: 80, missed: 'above' }],
    ['resource_utilization.disk_io < 60%', 'database-disk-io', { limit: 60, missed: 'above' }],
    ['availability.uptime > 99.9%', 'availability', { budgetPercent: 0.1, slowerThanMilliseconds: null }],
    ['availability.error_rate < 0.1%', 'errors', { budgetPercent: 0.1, slowerThanMilliseconds: null }],
    ['llm_api_performance.cache_hit_rate > 60%', 'llm-cache-hits', { limit: 60, missed: 'below' }],
    [
      'llm_api_performance.avg_response_time < 2s',
      'llm-response-time',
      { limit: 2000, unit: 'ms', missed: 'above' },
    ],
    ['llm_api_performance.timeout_rate < 0.5%', 'llm-timeouts', { limit: 0.5, missed: 'above' }],
    ['pool waiting > 5', 'pool-waiting', { limit: 5, missed: 'above' }],
    ['records refused in an hour', 'rejected-records', { limit: 100, missed: 'above', periodMinutes: 60 }],
    ['requests of a day without a full price', 'unpriced-requests', { limit: 0, missed: 'above' }],
    ['requests active for an hour', 'requests-left-active', { limit: 100, missed: 'above' }],
    ['slow queries > 1 s', 'slow-queries', { limit: 10, missed: 'above' }],
    ['pinned connections, a tenth of 90 % of 800', 'pinned-connections', { limit: 72, missed: 'above' }],
    ['scaler health', 'scaler-heartbeat', { limit: 1, missed: 'below', missing: 'bad', periods: 3 }],
    ['storage, a twentieth of 100 GiB', 'database-storage', { limit: 5, unit: 'GiB', missed: 'below' }],
  ])('have %s as %s', (_, id, expected) => {
    expect(objectiveOf(id)).toMatchObject(expected);
  });

  test('take their numbers from the environment', () => {
    const changed = {
      objectives: { uptimePercent: 99.95, latencyP99Milliseconds: 2000, capacityUsedPercent: 50 },
    };
    expect(objectiveOf('availability', changed)).toMatchObject({ budgetPercent: 0.05 });
    expect(objectiveOf('latency-p99', changed)).toMatchObject({ slowerThanMilliseconds: 2000 });
    expect(objectiveOf('throughput', changed)).toMatchObject({ limit: 500 });
    expect(objectiveOf('throughput', {}, 'dev')).toMatchObject({ limit: 80 });
  });

  test('have titles that say the promise with its number', () => {
    for (const { title } of objectivesOf(testConfig()).filter(({ id }) => id !== 'healthy-hosts')) {
      expect(title).toMatch(/\d/);
    }
  });

  test('are those alone that something publishes a metric for', () => {
    const ofPods = [
      'api-cpu',
      'api-memory',
      'llm-cache-hits',
      'llm-response-time',
      'llm-timeouts',
      'pool-waiting',
    ];
    expect(idsOf()).toEqual(expect.arrayContaining([...ofPods, 'pinned-connections', 'cdn-errors']));
    const without = [
      ...idsOf({ cluster: { containerInsights: false } }),
      ...idsOf({ cluster: EXISTING, metrics: { scraperNamespace: 'monitoring' } }),
    ];
    for (const id of ofPods) expect(without).not.toContain(id);
    expect(idsOf({ database: { pooler: 'pgbouncer' } })).not.toContain('pinned-connections');
    expect(idsOf({ region: 'eu-west-1' }, 'dev')).not.toContain('cdn-errors');
  });

  test('of an existing cluster look at its pods where it says that it has the add-on', () => {
    const cluster = { ...EXISTING, containerInsights: true };
    expect(idsOf({ cluster, metrics: { scraperNamespace: 'monitoring' } })).toContain('api-cpu');
  });
});

test.each([
  [
    { objectives: { uptimePercent: 100 } },
    'objectives.uptimePercent must be a number between 50 and 99.999, got 100',
  ],
  [
    { objectives: { errorRatePercent: 0 } },
    'objectives.errorRatePercent must be a number between 0.001 and 50, got 0',
  ],
  [
    { objectives: { poolWaiting: -1 } },
    'objectives.poolWaiting must be a whole number between 0 and 10000, got -1',
  ],
  [
    { alarms: { pageEmails: ['on call'] } },
    'alarms.pageEmails.0 must be a mail address such as oncall@example.com, got "on call"',
  ],
  [
    { alarms: { runbookUrl: 'https://git.example.com/runbook.md#top' } },
    'alarms.runbookUrl must be an https:// address without an anchor, or docs/runbook.md, got "https://git.example.com/runbook.md#top"',
  ],
  [{ budget: { monthlyUsd: 0 } }, 'budget.monthlyUsd must be a number between 1 and 10000000, got 0'],
])('%j fails', (overrides, message) => {
  expect(problems(overrides)).toEqual([`prod.${message}`]);
});
