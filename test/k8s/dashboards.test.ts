import { accessSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { BURN_WINDOWS } from '../../k8s/dashboards/burn-windows';
import type { GrafanaDashboard, Panel } from '../../k8s/dashboards/grafana';
import { type DashboardName, grafanaDashboards } from '../../k8s/dashboards/grafana-dashboards';
import { PGBOUNCER_METRICS } from '../../k8s/dashboards/pgbouncer-promql';
import { renderManifests } from '../../k8s/manifests';
import { requestRate } from '../../k8s/server-config/request-metric';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { REQUEST_COUNTER } from '../../lib/config/names';
import { PROMETHEUS_METRICS } from '../../service/contract';
import { problems, testConfig } from '../helpers/config';
import { type AnyDocument, documentOf, findings } from '../helpers/manifests';
import {
  describeWithServers,
  freePort,
  type RunningServer,
  removeFolder,
  runProgram,
  serverFolder,
  startServer,
  until,
} from '../helpers/servers';

const NAMES: DashboardName[] = ['overview', 'api', 'database', 'llm', 'scaling'];

/** Everything that a dashboard can have. */
const withPgBouncer = testConfig({ database: { pooler: 'pgbouncer' } });
const boards = grafanaDashboards(withPgBouncer);
const entries = Object.entries(boards) as [DashboardName, GrafanaDashboard][];

const panelOf = (name: DashboardName, title: RegExp, config?: ResolvedConfig): Panel => {
  const found = (config ? grafanaDashboards(config) : boards)[name].panels.filter(
    (panel) => panel.type !== 'row' && title.test(panel.title),
  );
  if (found.length !== 1) throw new Error(`expected one panel ${title}, found ${found.length}`);
  return found[0] as Panel;
};

/** Limits of a panel, as its thresholds have them. */
const limitsOf = ({ fieldConfig }: Panel): (number | null)[] =>
  (fieldConfig?.defaults.thresholds?.steps ?? []).map(({ value }) => value).filter((value) => value !== null);

/** Limit of a column of a table. */
const columnLimit = ({ fieldConfig }: Panel, column: string): (number | null)[] => {
  const override = fieldConfig?.overrides.find(({ matcher }) => matcher.options === column);
  const thresholds = override?.properties.find(({ id }) => id === 'thresholds')?.value as AnyDocument;
  return thresholds.steps
    .map((step: AnyDocument) => step.value)
    .filter((limit: number | null) => limit !== null);
};

const queriesOf = ({ panels }: GrafanaDashboard) =>
  panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

/** A query as Grafana sends it: with everything chosen at the top, over six hours. */
function filledIn(expr: string, { templating }: GrafanaDashboard): string {
  const choices = templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, allValue }) => [`$${name}`, String(allValue)] as const);
  return [['$__rate_interval', '1m'] as const, ['$__range', '6h'] as const, ...choices].reduce(
    (text, [variable, value]) => text.replaceAll(variable, value),
    expr,
  );
}

const WORDS = ['and', 'bool', 'or', 'unless'];

/** Names of metrics in PromQL: what is neither a label, a text, a window, a function nor a word of the language. */
function metricNames(expr: string): string[] {
  const bare = expr
    .replace(/"(\\.|[^"\\])*"/g, '')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = [...bare.matchAll(/\b[a-z_:][\w:]*\b(?!\s*\()/gi)].map(([name]) => name);
  return [...new Set(names)].filter((name) => !WORDS.includes(name));
}

/** What the pods serve by contract, and Prometheus's own of each target. */
const CONTRACT = [
  'up',
  REQUEST_COUNTER,
  PROMETHEUS_METRICS.responses,
  PROMETHEUS_METRICS.refused,
  PROMETHEUS_METRICS.llmCacheLookups,
  PROMETHEUS_METRICS.llmCalls,
  PROMETHEUS_METRICS.ledgerRecords,
  PROMETHEUS_METRICS.databasePool,
  PROMETHEUS_METRICS.gatewayCallsInFlight,
  PROMETHEUS_METRICS.gatewayCalls,
  PROMETHEUS_METRICS.providerErrors,
  PROMETHEUS_METRICS.breakerOpen,
  PROMETHEUS_METRICS.journalBytes,
  ...[
    PROMETHEUS_METRICS.requestDuration,
    PROMETHEUS_METRICS.llmCallDuration,
    PROMETHEUS_METRICS.gatewayOverhead,
  ].flatMap((histogram) => ['bucket', 'sum', 'count'].map((part) => `${histogram}_${part}`)),
];

describe('Grafana dashboards', () => {
  it('are the five, with fixed and different uids and titles', () => {
    expect(entries.map(([name]) => name)).toEqual(NAMES);
    expect(entries.map(([, { uid }]) => uid)).toEqual(NAMES.map((name) => `llm-cost-ops-prod-${name}`));
    expect(new Set(entries.map(([, { title }]) => title)).size).toBe(NAMES.length);
    const dev = Object.values(grafanaDashboards(testConfig({}, 'dev')));
    expect(dev.map(({ uid }) => uid)).toEqual(NAMES.map((name) => `llm-cost-ops-dev-${name}`));
  });

  it('are data: JSON loses nothing, and the same configuration gives the same', () => {
    expect(JSON.parse(JSON.stringify(boards))).toEqual(boards);
    expect(grafanaDashboards(withPgBouncer)).toEqual(boards);
  });

  it.each(entries)('%s shows six hours, asks the chosen Prometheus, and leads to the others', (_, board) => {
    expect(board).toMatchObject({ id: null, time: { from: 'now-6h', to: 'now' }, refresh: '1m' });
    expect(board.templating.list[0]).toMatchObject({
      name: 'datasource',
      type: 'datasource',
      query: 'prometheus',
    });
    for (const { datasource, targets } of board.panels) {
      if (targets) expect(datasource).toEqual({ type: 'prometheus', uid: '$datasource' });
    }
    const [link] = board.links as [{ tags: string[] }];
    expect(link.tags).toEqual(['llm-cost-ops-prod']);
    for (const [, { tags }] of entries) expect(tags).toEqual(expect.arrayContaining(link.tags));
  });

  it.each(entries)('%s has its panels side by side on the grid', (_, { panels }) => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x},${y}`)).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
    // Nothing is left empty either.
    expect(taken.size).toBe(24 * Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h)));
  });

  it.each(entries)('%s explains every panel and names its unit', (_, { panels }) => {
    for (const { type, description, fieldConfig, targets = [], title } of panels) {
      expect(title).not.toBe('');
      if (type === 'row' || type === 'text') continue;
      expect(description).toMatch(/\w{3}.*\.$/);
      const units = [
        fieldConfig?.defaults.unit,
        ...(fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
          properties.filter(({ id }) => id === 'unit').map(({ value }) => value),
        ),
      ].filter((unit) => unit !== undefined);
      expect(units).toHaveLength(type === 'table' ? targets.length : 1);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  it.each(entries)('%s uses only variables that it has', (_, board) => {
    const known = board.templating.list.map(({ name }) => name);
    const used = [...JSON.stringify(board).matchAll(/\$(?!__)(\w+)/g)].map(([, name]) => name);
    expect(known).toEqual(expect.arrayContaining(used));
    expect([...new Set(used)].sort()).toEqual([...known].sort());
  });

  it.each(entries)('%s says in which CloudWatch dashboards the rest is', (_, { panels }) => {
    const text = panels.find(({ type }) => type === 'text')?.options?.['content'];
    expect(text).toMatch(
      /^- \[llm-cost-ops-prod-\w+\]\(https:\/\/us-east-1\.console\.aws\.amazon\.com\/cloudwatch\/home\?region=us-east-1#dashboards\/dashboard\/llm-cost-ops-prod-\w+\)$/m,
    );
  });

  it('shows why pods refuse requests: a counter of pods, without routes', () => {
    const { targets } = panelOf('api', /^Refused requests by reason$/);
    expect(targets).toEqual([
      expect.objectContaining({
        expr: 'sum by (reason) (rate(http_requests_refused_total{namespace="llm-cost-ops",pod=~"$pod"}[$__rate_interval]))',
        legendFormat: '{{reason}}',
      }),
    ]);
  });

  it('names no CloudWatch dashboard that is not there', () => {
    const linked = (config: ResolvedConfig) =>
      JSON.stringify(panelOf('scaling', /^What Prometheus does not measure$/, config));
    expect(linked(testConfig())).toContain('llm-cost-ops-prod-scaling');
    expect(linked(testConfig({ predictiveScaling: null }))).not.toContain('llm-cost-ops-prod-scaling');
  });

  it('have uids that Grafana takes with the longest name of an environment', () => {
    const config = { ...testConfig(), environment: 'a'.repeat(16) };
    for (const { uid } of Object.values(grafanaDashboards(config))) {
      expect(uid.length).toBeLessThanOrEqual(40);
    }
  });
});

describe('limits of the panels', () => {
  const strict = testConfig({
    objectives: {
      latencyP50Milliseconds: 80,
      latencyP95Milliseconds: 400,
      latencyP99Milliseconds: 900,
      requestsPerSecond: 2000,
      capacityUsedPercent: 75,
      errorRatePercent: 0.2,
      cacheHitPercent: 70,
      llmLatencyMilliseconds: 1500,
      llmTimeoutPercent: 0.3,
      poolWaiting: 3,
      rejectedRecordsPerHour: 20,
    },
    database: { clientPool: { max: 15 }, maxClientConnections: 1100 },
    autoscaling: { hpa: { minReplicas: 4, maxReplicas: 40, requestsPerSecond: 90 } },
  });

  it.each<[DashboardName, RegExp, number[], number[]]>([
    ['overview', /^Latency p50 /, [100], [80]],
    ['overview', /^Latency p95 /, [500], [400]],
    ['overview', /^Latency p99 /, [1000], [900]],
    ['overview', /^Latency$/, [100, 500, 1000], [80, 400, 900]],
    ['overview', /^Errors ≤/, [0.1], [0.2]],
    ['overview', /^Errors$/, [0.1], [0.2]],
    ['overview', /^Load /, [800], [1500]],
    ['overview', /^Replicas /, [50], [40]],
    ['overview', /^Pool waiting /, [5], [3]],
    ['overview', /^Cache hits /, [60], [70]],
    ['overview', /^LLM response /, [2000], [1500]],
    ['overview', /^LLM time-outs /, [0.5], [0.3]],
    ['api', /^Latency p50 /, [100], [80]],
    ['api', /^Latency p95 /, [500], [400]],
    ['api', /^Latency p99 /, [1000], [900]],
    ['api', /^Error share ≤/, [0.1], [0.2]],
    ['api', /^Error share by pod$/, [0.1], [0.2]],
    ['database', /^Fullest pool /, [20], [15]],
    ['database', /^Waiting /, [5], [3]],
    ['database', /^Client connections /, [1600], [1100]],
    ['llm', /^Hits /, [60], [70]],
    ['llm', /^Mean response time /, [2000], [1500]],
    ['llm', /^Time-outs /, [0.5], [0.3]],
    ['llm', /^Refused in an hour /, [100], [20]],
    ['scaling', /^Requests per replica /, [100], [90]],
  ])('%s, %s: the configured ones', (name, title, usual, changed) => {
    expect(limitsOf(panelOf(name, title, testConfig()))).toEqual(usual);
    expect(limitsOf(panelOf(name, title, strict))).toEqual(changed);
  });

  it("of the table of routes are the configured ones, and each column's own", () => {
    const limits = (config: ResolvedConfig) =>
      ['Errors', 'p50', 'p95', 'p99'].map((column) =>
        columnLimit(panelOf('api', /^Routes$/, config), column),
      );
    expect(limits(testConfig())).toEqual([[0.1], [100], [500], [1000]]);
    expect(limits(strict)).toEqual([[0.2], [80], [400], [900]]);
  });

  it('are missed on their own side', () => {
    const colours = (name: DashboardName, title: RegExp) =>
      panelOf(name, title).fieldConfig?.defaults.thresholds?.steps.map(({ color }) => color);
    expect(colours('overview', /^Latency p95 /)).toEqual(['blue', 'orange']);
    expect(colours('overview', /^Cache hits /)).toEqual(['orange', 'blue']);
  });

  it('of PgBouncer are those of its configuration', () => {
    expect(limitsOf(panelOf('database', /^Longest wait /))).toEqual([2]);
    expect(limitsOf(panelOf('database', /^Connections by PgBouncer /))).toEqual([180]);
    const more = testConfig({
      database: {
        pooler: 'pgbouncer',
        maxConnections: 700,
        clientPool: { connectionTimeoutSeconds: 3 },
        proxy: { borrowTimeoutSeconds: 3 },
      },
    });
    expect(limitsOf(panelOf('database', /^Longest wait /, more))).toEqual([3]);
    expect(limitsOf(panelOf('database', /^Connections by PgBouncer /, more))).toEqual([157]);
  });

  it('of replicas and load are series with their names', () => {
    const series = (title: RegExp, config: ResolvedConfig) =>
      Object.fromEntries(
        (panelOf('scaling', title, config).targets ?? []).map(({ legendFormat, expr }) => [
          legendFormat,
          expr,
        ]),
      );
    expect(series(/^Replicas/, testConfig())).toMatchObject({
      minReplicas: 'vector(3)',
      maxReplicas: 'vector(50)',
    });
    expect(series(/^Replicas/, strict)).toMatchObject({
      minReplicas: 'vector(4)',
      maxReplicas: 'vector(40)',
    });
    expect(series(/^Load/, testConfig())).toMatchObject({ promised: 'vector(1000)' });
    expect(series(/^Load/, strict)).toMatchObject({
      promised: 'vector(2000)',
      'capacity of the replicas': expect.stringMatching(/ \* 90$/),
    });
  });

  it('are as the alarms have them, where budgets burn', () => {
    expect(BURN_WINDOWS).toEqual([
      { factor: 14.4, window: '1h' },
      { factor: 6, window: '6h' },
    ]);
    expect(limitsOf(panelOf('overview', /^Burn rate: Failed/))).toEqual([6, 14.4]);
    // 14.4 times a tenth would be more than all requests.
    const loose = testConfig({ objectives: { errorRatePercent: 10 } });
    expect(limitsOf(panelOf('overview', /^Burn rate: Failed/, loose))).toEqual([6]);
  });

  it('leave out the target that the autoscaler has not', () => {
    const config = testConfig({ autoscaling: { hpa: { requestsPerSecond: null } } });
    const titles = grafanaDashboards(config).scaling.panels.map(({ title }) => title);
    expect(titles).not.toContainEqual(expect.stringMatching(/target/i));
    expect(panelOf('scaling', /^Load/, config).targets?.map(({ legendFormat }) => legendFormat)).toEqual([
      'load',
      'promised',
    ]);
  });
});

describe('queries', () => {
  it.each(entries)('of %s use metrics of the contract and of the exporter alone', (_, board) => {
    const known = [...CONTRACT, ...Object.values(PGBOUNCER_METRICS)];
    const unknown = queriesOf(board).flatMap(({ title, expr }) =>
      metricNames(expr)
        .filter((name) => !known.includes(name))
        .map((name) => `${title}: ${name}`),
    );
    expect(unknown).toEqual([]);
    expect(queriesOf(board).length).toBeGreaterThan(5);
  });

  it.each([
    ['sum by (pod) (rate(node_cpu_seconds_total{mode="idle"}[5m]))', ['node_cpu_seconds_total']],
    ['100 * a:b / on (pod) group_left (node) kube_pod_info > bool 0', ['a:b', 'kube_pod_info']],
    ['vector(3) or label_replace(up, "by (x)", "$1", "pod", "(.*)")', ['up']],
    ['max_over_time(container_memory_bytes[1h:5m]) unless absent(up)', ['container_memory_bytes', 'up']],
  ])('%s: its metrics would be found', (expr, names) => expect(metricNames(expr)).toEqual(names));

  it("query PgBouncer's metrics only where it is the pooler", () => {
    const used = (config: ResolvedConfig) =>
      Object.values(grafanaDashboards(config))
        .flatMap(queriesOf)
        .flatMap(({ expr }) => metricNames(expr))
        .filter((name) => name.startsWith('pgbouncer_'));
    expect([...new Set(used(withPgBouncer))].sort()).toEqual(Object.values(PGBOUNCER_METRICS).sort());
    expect(used(testConfig())).toEqual([]);
  });

  it('count requests as the autoscaler does: without probes and scrapes, in its namespace', () => {
    const [, ownRoutes = ''] = requestRate({ matchers: '', groupBy: '' }).match(/(route!~"[^"]+")/) ?? [];
    const queries = entries.flatMap(([, board]) => queriesOf(board).map(({ expr }) => expr));
    const requests = queries.flatMap((expr) => [...expr.matchAll(/http_request\w+\{[^}]*\}/g)].map(String));
    expect(requests.length).toBeGreaterThan(20);
    // Probes and scrapes are never refused, so that counter has no routes.
    const byRoute = requests.filter((selector) => !selector.startsWith(PROMETHEUS_METRICS.refused));
    for (const selector of byRoute) expect(selector).toContain(ownRoutes);
    for (const selector of queries.flatMap((expr) => expr.match(/\{[^}]*\}/g) ?? [])) {
      expect(selector).toContain('namespace="llm-cost-ops",pod=~"');
    }
  });

  it('look far back for few points only', () => {
    for (const [, board] of entries) {
      for (const { targets = [], interval } of board.panels) {
        const long = targets.some(({ expr, range }) => range && /\[\d+h\]/.test(expr));
        expect(interval).toBe(long ? '5m' : undefined);
      }
    }
  });
});

describe('DashboardsChart', () => {
  const render = (metrics: object = {}) =>
    renderManifests(testConfig({ metrics: { grafanaDashboards: true, ...metrics } })).manifests;
  const dashboardsAmong = (manifests: ReturnType<typeof render>): AnyDocument[] =>
    manifests
      .map(({ document }) => document)
      .filter(({ metadata }) => metadata?.labels?.['grafana_dashboard'] === '1');

  it('renders nothing unless it is asked to', () => {
    const { manifests } = renderManifests(testConfig());
    expect(dashboardsAmong(manifests)).toEqual([]);
    expect(manifests.map(({ fileName }) => fileName).join()).not.toMatch(/grafana/);
  });

  it("renders a ConfigMap each, as Grafana's sidecar takes it", () => {
    const documents = dashboardsAmong(render());
    const all = Object.values(grafanaDashboards(testConfig()));
    expect(documents).toHaveLength(all.length);
    for (const { kind, metadata, data } of documents) {
      expect(kind).toBe('ConfigMap');
      expect(metadata).toMatchObject({
        namespace: 'llm-cost-ops',
        annotations: { grafana_folder: 'LLM Cost Ops' },
      });
      const [[file, text]] = Object.entries(data) as [[string, string]];
      expect(file).toBe(`${metadata.name}.json`);
      expect(all).toContainEqual(JSON.parse(text));
      expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
      // Flux would put its own variables there.
      expect(text).not.toContain('${');
    }
  });

  it('allows Grafana, and no other pods, to query the rendered Prometheus', () => {
    const policy = documentOf(render(), 'NetworkPolicy', 'grafana-to-prometheus');
    expect(policy.spec).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'llm-cost-ops-prometheus' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
              podSelector: { matchLabels: { 'app.kubernetes.io/name': 'grafana' } },
            },
          ],
          ports: [{ protocol: 'TCP', port: 9090 }],
        },
      ],
    });
    const moved = documentOf(
      render({ grafanaNamespace: 'observability' }),
      'NetworkPolicy',
      'grafana-to-prometheus',
    );
    expect(JSON.stringify(moved.spec)).toContain('"observability"');
    const other = render({ prometheusUrl: 'http://prometheus.monitoring.svc:9090' });
    expect(other.map(({ fileName }) => fileName)).not.toContain('networkpolicy.grafana-to-prometheus.yaml');
    expect(dashboardsAmong(other)).toHaveLength(NAMES.length);
  });

  it('passes every check of manifests', () => {
    expect(findings(render())).toEqual([]);
    expect(
      findings(renderManifests(testConfig({ metrics: { grafanaDashboards: true } }, 'dev')).manifests),
    ).toEqual([]);
  });

  it('takes a flag and the name of a namespace', () => {
    expect(problems({ metrics: { grafanaDashboards: 'yes', grafanaNamespace: 'Not A Name' } })).toEqual([
      'prod.metrics.grafanaDashboards must be true or false, got "yes"',
      expect.stringMatching(/^prod\.metrics\.grafanaNamespace must be .*, got "Not A Name"$/),
    ]);
  });
});

describeWithServers('a real Prometheus', ['promtool'], () => {
  let folder: string;
  beforeAll(() => {
    folder = serverFolder();
  });
  afterAll(() => removeFolder(folder));

  async function checkRules(expressions: readonly string[]) {
    const file = join(folder, 'rules.yml');
    const rules = expressions.map((expr, index) => ({ record: `dashboard:query:${index}`, expr }));
    writeFileSync(file, stringify({ groups: [{ name: 'dashboards', rules }] }));
    return runProgram('promtool', ['check', 'rules', file], { cwd: folder });
  }

  it.each(entries)('accepts every query of %s', async (_, board) => {
    const expressions = queriesOf(board).map(({ expr }) => filledIn(expr, board));
    expect(expressions.join()).not.toContain('$');
    const { code, output } = await checkRules(expressions);
    expect(output).toContain(`${expressions.length} rules found`);
    expect(code).toBe(0);
  });

  it('refuses one that is wrong', async () => {
    const [first = ''] = queriesOf(boards.overview).map(({ expr }) => filledIn(expr, boards.overview));
    expect(await checkRules([first, first.replace('>= 0', '>= ')])).toMatchObject({ code: 1 });
    expect(await checkRules([queriesOf(boards.api)[2]?.expr ?? ''])).toMatchObject({ code: 1 });
  });

  const series = (name: string, labels: string, values: string) => ({
    series: `${name}{namespace="llm-cost-ops",${labels}}`,
    values,
  });
  const API_1 = 'pod="llm-cost-ops-api-5d8f-x1"';
  const API_2 = 'pod="llm-cost-ops-api-5d8f-x2"';
  const ADMIN = 'pod="llm-cost-ops-admin-77c-y1"';
  const POOLER = 'pod="llm-cost-ops-pgbouncer-6f-z1"';

  /** Counts per scrape, every 15 s: 11 requests a second at one pod, 9 at the other, 1 of the 20 failed. */
  const RESPONSES = [
    series('http_responses_total', `${API_1},route="/a",status="200"`, '0+150x24'),
    series('http_responses_total', `${API_1},route="/a",status="503"`, '0+15x24'),
    series('http_responses_total', `${API_2},route="/b",status="200"`, '0+135x24'),
    series('http_responses_total', `${API_2},route="/health",status="500"`, '0+9000x24'),
    series('http_responses_total', `${ADMIN},route="/a",status="500"`, '0+9000x24'),
    {
      series: 'http_responses_total{namespace="other",pod="llm-cost-ops-api-q",status="500"}',
      values: '0+9000x24',
    },
  ];

  /** The same requests as they arrive. */
  const REQUESTS = [
    series('http_requests_total', `${API_1},route="/a"`, '0+165x24'),
    series('http_requests_total', `${API_2},route="/b"`, '0+135x24'),
    series('http_requests_total', `${API_2},route="/health"`, '0+9000x24'),
    series('http_requests_total', `${ADMIN},route="/a"`, '0+9000x24'),
  ];

  /** Of 10 requests a second 8 within 0.1 s, 1 more within 0.5 s, 0.8 more within 1 s, and 0.2 later. */
  const durations = (oneSecond: string) =>
    [
      ['0.1', 120],
      ['0.5', 135],
      [oneSecond, 147],
      ['+Inf', 150],
    ].map(([le, rate]) =>
      series('http_request_duration_seconds_bucket', `${API_1},route="/a",le="${le}"`, `0+${rate}x24`),
    );
  const DURATIONS = [
    ...durations('1'),
    series('http_request_duration_seconds_count', `${API_1},route="/a"`, '0+150x24'),
    // All of the probes are slow.
    series('http_request_duration_seconds_bucket', `${API_1},route="/health",le="+Inf"`, '0+900x24'),
    series('http_request_duration_seconds_count', `${API_1},route="/health"`, '0+900x24'),
  ];

  const LOOKUPS = [
    series('llm_cache_lookups_total', `${API_1},result="hit"`, '0+30x24'),
    series('llm_cache_lookups_total', `${API_2},result="miss"`, '0+10x24'),
  ];

  /** 100 calls a scrape, 90 of one provider; 6 time out, all of that one. */
  const CALLS = [
    series('llm_calls_total', `${API_1},provider="one",outcome="ok"`, '0+84x24'),
    series('llm_calls_total', `${API_1},provider="one",outcome="timeout"`, '0+6x24'),
    series('llm_calls_total', `${API_1},provider="two",outcome="ok"`, '0+10x24'),
    // 90 calls of 1 s and 10 of 6 s.
    series('llm_call_duration_seconds_sum', `${API_1},provider="one"`, '0+90x24'),
    series('llm_call_duration_seconds_count', `${API_1},provider="one"`, '0+90x24'),
    series('llm_call_duration_seconds_sum', `${API_1},provider="two"`, '0+60x24'),
    series('llm_call_duration_seconds_count', `${API_1},provider="two"`, '0+10x24'),
  ];

  const PODS_UP = [
    series('up', `${API_1},job="pods"`, '1x24'),
    series('up', `${API_1},job="again"`, '1x24'),
    series('up', `${API_2},job="pods"`, '1x24'),
    series('up', 'pod="llm-cost-ops-api-5d8f-x3",job="pods"', '0x24'),
    series('up', `${ADMIN},job="pods"`, '1x24'),
  ];

  type Sample = [labels: string, value: number];

  /** The answer of the series with the legend in the panel, 6 minutes on; five seconds after a scrape. */
  async function answers(
    input: readonly object[],
    [name, title, legend]: [DashboardName, RegExp, string?],
    expected: readonly Sample[],
    config = withPgBouncer,
  ) {
    const { targets = [] } = panelOf(name, title, config);
    const target = targets.find(({ legendFormat }) => legend === undefined || legendFormat === legend);
    const file = join(folder, 'test.yml');
    const expectation = {
      // 10 comes out as 9.999999999999998.
      expr: `round(${filledIn(target?.expr ?? '', boards[name])}, 0.001)`,
      eval_time: '365s',
      exp_samples: expected.map(([labels, value]) => ({ labels, value })),
    };
    const tests = [{ interval: '15s', input_series: input, promql_expr_test: [expectation] }];
    writeFileSync(file, stringify({ rule_files: [], evaluation_interval: '15s', tests }));
    return runProgram('promtool', ['test', 'rules', file], { cwd: folder });
  }

  it.each<[string, [DashboardName, RegExp, string?], object[], Sample[]]>([
    ['errors: 1 of 20', ['overview', /^Errors ≤/], RESPONSES, [['{}', 5]]],
    ['no error, where none is counted yet', ['overview', /^Errors ≤/], RESPONSES.slice(0, 1), [['{}', 0]]],
    [
      'no share of no requests',
      ['overview', /^Errors ≤/],
      [series('http_responses_total', API_1, '7x24')],
      [],
    ],
    [
      'errors of each pod: 1 of 11, none of 9',
      ['api', /^Error share by pod/],
      RESPONSES,
      [
        ['{pod="llm-cost-ops-api-5d8f-x1"}', 9.091],
        ['{pod="llm-cost-ops-api-5d8f-x2"}', 0],
      ],
    ],
    ['burn rate: 5 % of 0.1 %', ['overview', /^Burn rate: Failed/, '1h'], RESPONSES, [['{}', 50]]],
    ['budget overdrawn 49 times', ['overview', /^Budget left: Failed/], RESPONSES, [['{}', -4900]]],
    ['budget untouched', ['overview', /^Budget left: Failed/], RESPONSES.slice(0, 1), [['{}', 100]]],
    // The 5th of 10 among 8: 5/8 of 100 ms.
    ['p50', ['overview', /^Latency p50/], DURATIONS, [['{}', 62.5]]],
    // The 9.5th of 10, 0.5 into the 0.8 between 0.5 s and 1 s.
    ['p95', ['overview', /^Latency p95/], DURATIONS, [['{}', 812.5]]],
    ['p99, which is beyond the last bucket', ['overview', /^Latency p99/], DURATIONS, [['{}', 1000]]],
    ['no latency of no requests', ['overview', /^Latency p95/], [], []],
    ['p95 of a route', ['api', /^Routes$/, 'p95'], DURATIONS, [['{route="/a"}', 812.5]]],
    // 1 of 10 above 500 ms, of the 5 % that may be.
    ['slow requests: 10 % of 5 %', ['overview', /^Burn rate: Over 500/, '1h'], DURATIONS, [['{}', 2]]],
    // 0.2 of 10 above 1 s.
    ['slow requests: 2 % of 1 %', ['overview', /^Burn rate: Over 1000/, '1h'], DURATIONS, [['{}', 2]]],
    [
      'slow requests by a bound as Prometheus 3 writes it',
      ['overview', /^Burn rate: Over 1000/, '1h'],
      [...durations('1.0'), ...DURATIONS.slice(4)],
      [['{}', 2]],
    ],
    [
      'nothing without a bucket at the objective',
      ['overview', /^Burn rate: Over 1000/, '1h'],
      DURATIONS.slice(3),
      [],
    ],
    ['cache hits: 30 of 40', ['overview', /^Cache hits/], LOOKUPS, [['{}', 75]]],
    ['cache without a hit', ['overview', /^Cache hits/], LOOKUPS.slice(1), [['{}', 0]]],
    ['time-outs: 6 of 100', ['overview', /^LLM time-outs/], CALLS, [['{}', 6]]],
    [
      'time-outs of each provider: 6 of 90, none of 10',
      ['llm', /^Time-outs/, '{{provider}}'],
      CALLS,
      [
        ['{provider="one"}', 6.667],
        ['{provider="two"}', 0],
      ],
    ],
    ['mean time of calls: 150 s of 100', ['overview', /^LLM response/], CALLS, [['{}', 1500]]],
    ['replicas, each once', ['overview', /^Replicas/], PODS_UP, [['{}', 2]]],
    ['no replica as zero', ['overview', /^Replicas/], [], [['{}', 0]]],
    ['a silent pod', ['scaling', /^Pods without an answer/], PODS_UP, [['{}', 1]]],
    ['capacity: 2 x 100', ['scaling', /^Load/, 'capacity of the replicas'], PODS_UP, [['{}', 200]]],
    ['load: 11 + 9', ['scaling', /^Load/, 'load'], REQUESTS, [['{}', 20]]],
    // 11 and 9 of 100 each.
    ['use of the target', ['scaling', /^Use of the target/], REQUESTS, [['{}', 10]]],
    ['the busiest replica', ['scaling', /^Requests per replica/, 'busiest'], REQUESTS, [['{}', 11]]],
    [
      'a pod without a rate',
      ['scaling', /^Pods without a rate/],
      [...PODS_UP, ...REQUESTS.slice(0, 1)],
      [['{}', 1]],
    ],
    [
      'the fullest pool',
      ['database', /^Waiting/],
      [API_1, API_2].map((pod, index) =>
        series('db_pool_connections', `${pod},state="waiting"`, `${3 + index}x24`),
      ),
      [['{}', 4]],
    ],
    [
      'open connections of the API, those that wait not among them',
      ['database', /^Client connections/, 'API'],
      ['active', 'idle', 'waiting'].map((state, index) =>
        series('db_pool_connections', `${API_1},state="${state}"`, `${5 + index}x24`),
      ),
      [['{}', 11]],
    ],
    [
      'mean time of queries through PgBouncer: 3 s of 150',
      ['database', /^Mean time of a query/, 'in the database'],
      [
        series(
          'pgbouncer_stats_queries_duration_seconds_total',
          `${POOLER},database="llm_cost_ops"`,
          '0+3x24',
        ),
        series('pgbouncer_stats_queries_pooled_total', `${POOLER},database="llm_cost_ops"`, '0+150x24'),
        series(
          'pgbouncer_stats_queries_pooled_total',
          `${POOLER},database="llm_cost_ops_readiness"`,
          '0+9x24',
        ),
      ],
      [['{}', 20]],
    ],
  ])('shows %s', async (_, panel, input, expected) => {
    const { code, output } = await answers(input, panel, expected);
    expect(output).toContain('SUCCESS');
    expect(code).toBe(0);
  });

  it('would show another value as wrong', async () => {
    const { code, output } = await answers(RESPONSES, ['overview', /^Errors ≤/], [['{}', 6]]);
    expect(output).toContain('FAILED');
    expect(code).not.toBe(0);
  });
});

describeWithServers('the exporter of PgBouncer', ['pgbouncer', 'prometheus-pgbouncer-exporter'], () => {
  let folder: string;
  const running: RunningServer[] = [];
  beforeAll(() => {
    folder = serverFolder();
  });
  afterAll(async () => {
    for (const server of running.reverse()) await server.stop();
    removeFolder(folder);
  });

  it('serves every metric that is asked for', async () => {
    const [pooler, exporter] = [await freePort(), await freePort()];
    const ini = join(folder, 'pgbouncer.ini');
    const settings = [
      'listen_addr = 127.0.0.1',
      `listen_port = ${pooler}`,
      `unix_socket_dir = ${folder}`,
      'ignore_startup_parameters = extra_float_digits',
    ];
    writeFileSync(
      ini,
      ['[databases]', 'llm_cost_ops = host=127.0.0.1', '[pgbouncer]', ...settings, ''].join('\n'),
    );
    const listening = startServer('pgbouncer', [ini]);
    running.push(listening);
    // The exporter gives up where there is nobody.
    await until(async () => accessSync(join(folder, `.s.PGSQL.${pooler}`)), listening);
    const server = startServer('prometheus-pgbouncer-exporter', [
      `--pgBouncer.connectionString=postgres:///pgbouncer?host=${folder}&port=${pooler}&user=pgbouncer&sslmode=disable`,
      `--web.listen-address=127.0.0.1:${exporter}`,
    ]);
    running.push(server);
    const metrics = await until(async () => {
      const text = await (await fetch(`http://127.0.0.1:${exporter}/metrics`)).text();
      expect(text).toMatch(/^pgbouncer_up 1$/m);
      return text;
    }, server);
    const served = [...metrics.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    expect(served).toEqual(expect.arrayContaining(Object.values(PGBOUNCER_METRICS)));
  });
});
