import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { App, Chart, Duration } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-27';
import { parse, stringify } from 'yaml';
import { AutoscalingChart } from '../../k8s/charts/autoscaling-chart';
import { MetricsAdapterChart } from '../../k8s/charts/metrics-adapter-chart';
import { PrometheusChart } from '../../k8s/charts/prometheus-chart';
import { contentHash } from '../../k8s/content-hash';
import type { KubernetesDocument, Manifest } from '../../k8s/manifest';
import { needsMetricsAdapter, needsPrometheus, prometheusUrl } from '../../k8s/metrics-needs';
import { metricsAdapterConfig } from '../../k8s/server-config/metrics-adapter-config';
import {
  type PrometheusConfig,
  prometheusConfig,
  prometheusYaml,
} from '../../k8s/server-config/prometheus-yaml';
import { requestRate, totalRequestRate } from '../../k8s/server-config/request-metric';
import { schemaProblems } from '../../k8s/validation/api-schemas';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { testConfig } from '../helpers/config';
import { type AnyDocument, documentOf } from '../helpers/manifests';
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

const OTHER_PROMETHEUS = 'http://prometheus.monitoring.svc:9090';
const keda = (hpa: object = {}) => testConfig({ autoscaling: { driver: 'keda', hpa } });

const manifestsOf = (charts: readonly Chart[]): Manifest[] =>
  charts
    .flatMap((chart) => chart.toJson() as KubernetesDocument[])
    .map((document) => ({ fileName: `${document.kind}.${document.metadata?.name}`, document }));

const prometheus = (config = testConfig()) =>
  manifestsOf([new PrometheusChart(new App(), 'prometheus', { config })]);
const adapter = (config = testConfig()) =>
  manifestsOf([new MetricsAdapterChart(new App(), 'adapter', { config })]);
const podOf = (manifests: readonly Manifest[]): AnyDocument =>
  documentOf(manifests, 'Deployment').spec.template;

describe('what is rendered', () => {
  it.each([
    ['the default', testConfig(), true, true],
    ['another Prometheus', testConfig({ metrics: { prometheusUrl: OTHER_PROMETHEUS } }), true, false],
    [
      'another provider',
      testConfig({ metrics: { provider: 'existing', scraperNamespace: 'monitoring' } }),
      false,
      false,
    ],
    ['no metric', testConfig({ autoscaling: { hpa: { requestsPerSecond: null } } }), false, false],
    ['KEDA', keda(), false, true],
    ['KEDA without the metric', keda({ requestsPerSecond: null }), false, false],
    [
      'KEDA with another Prometheus',
      testConfig({ autoscaling: { driver: 'keda' }, metrics: { prometheusUrl: OTHER_PROMETHEUS } }),
      false,
      false,
    ],
  ])('with %s: what is asked, and nothing else', (_, config, withAdapter, withPrometheus) => {
    expect(needsMetricsAdapter(config)).toBe(withAdapter);
    expect(needsPrometheus(config)).toBe(withPrometheus);
  });

  it('is well-formed', () => {
    const all = [...prometheus(), ...adapter()];
    expect(all.flatMap(({ document }) => schemaProblems(document))).toEqual([]);
  });

  it.each([
    ['Prometheus', prometheus, 'llm-cost-ops-prometheus'],
    ['the adapter', adapter, 'llm-cost-ops-metrics-adapter'],
  ])('runs %s in as many replicas as configured, guarded by a budget', (_, render, name) => {
    expect(documentOf(render(), 'Deployment').spec.replicas).toBe(2);
    const manifests = render(testConfig({ metrics: { replicas: 3 } }));
    expect(documentOf(manifests, 'Deployment').spec.replicas).toBe(3);
    expect(documentOf(manifests, 'PodDisruptionBudget').spec.selector.matchLabels).toEqual({
      'app.kubernetes.io/name': name,
    });
  });

  it.each([
    ['Prometheus', prometheus],
    ['the adapter', adapter],
  ])('starts %s with the file that its ConfigMap holds, and rolls it when the file changes', (_, render) => {
    const { metadata, spec } = podOf(render());
    const { data, metadata: of } = documentOf(render(), 'ConfigMap');
    const container = spec.containers[0];
    const [file] = Object.keys(data);
    const folder = container.volumeMounts.find(({ name }: AnyDocument) => name === 'config').mountPath;
    const argument = container.args.find((arg: string) => /^--config(\.file)?=/.test(arg));
    expect(argument.split('=')[1]).toBe(`${folder}/${file}`);
    expect(spec.volumes).toContainEqual({ name: 'config', configMap: { name: of.name } });
    expect(metadata.annotations['checksum/config']).toBe(contentHash(data));
    expect(contentHash({ ...data, more: '' })).not.toBe(contentHash(data));
  });

  it.each([
    ['Prometheus', prometheus],
    ['the adapter', adapter],
  ])('gives %s what a restricted pod may have, and room only in its volumes', (_, render) => {
    const { spec } = podOf(render());
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext, resources } of spec.containers) {
      expect(securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
      expect(resources.limits).toHaveProperty('memory');
    }
    for (const { emptyDir } of spec.volumes) if (emptyDir) expect(emptyDir).toHaveProperty('sizeLimit');
  });
});

describe('Prometheus', () => {
  it('is where adapter and KEDA look for it, one replica for each client', () => {
    const { metadata, spec } = documentOf(prometheus(), 'Service');
    const url = `http://${metadata.name}.${metadata.namespace}.svc:${spec.ports[0].port}`;
    expect(url).toBe('http://llm-cost-ops-prometheus.llm-cost-ops.svc:9090');
    expect(prometheusUrl(testConfig())).toBe(url);
    expect(podOf(adapter()).spec.containers[0].args).toContain(`--prometheus-url=${url}`);
    expect(spec.sessionAffinity).toBe('ClientIP');
  });

  it('gives way to a Prometheus that is there', () => {
    const config = testConfig({ metrics: { prometheusUrl: OTHER_PROMETHEUS } });
    expect(podOf(adapter(config)).spec.containers[0].args).toContain(`--prometheus-url=${OTHER_PROMETHEUS}`);
  });

  it('allows no reload, stop or delete over HTTP', () => {
    const args: string[] = podOf(prometheus()).spec.containers[0].args;
    expect(args.filter((arg) => arg.startsWith('--web.'))).toEqual(['--web.listen-address=:9090']);
  });

  it('keeps less than its volume holds', () => {
    const { containers, volumes } = podOf(prometheus()).spec;
    expect(containers[0].args).toContain('--storage.tsdb.retention.size=1GB');
    expect(containers[0].args).toContain('--storage.tsdb.retention.time=6h');
    expect(volumes).toContainEqual({ name: 'data', emptyDir: { sizeLimit: '4Gi' } });
  });

  it('removes no old replica before a new one has a rate', () => {
    const { minReadySeconds } = documentOf(prometheus(), 'Deployment').spec;
    const [, windowMinutes] = requestRate({ matchers: '', groupBy: 'pod' }).match(/\[(\d+)m\]/) ?? [];
    expect(minReadySeconds).toBeGreaterThan(60 * Number(windowMinutes));
  });

  it('takes no name, no time and no flood from a pod', () => {
    const [job] = prometheusConfig().scrape_configs;
    expect(prometheusConfig().scrape_configs).toHaveLength(1);
    expect(job).toMatchObject({ honor_labels: false, honor_timestamps: false, sample_limit: 5000 });
    expect(job?.['kubernetes_sd_configs']).toEqual([
      { role: 'pod', namespaces: { names: ['llm-cost-ops'] } },
    ]);
  });
});

describe('rights', () => {
  const all = [...prometheus(), ...adapter()];
  const ofKind = (kind: string): AnyDocument[] =>
    all.map(({ document }) => document).filter((document) => document.kind === kind);

  it('are to read pods of the namespace, and no more', () => {
    expect(ofKind('Role').map(({ metadata, rules }) => [metadata.name, metadata.namespace, rules])).toEqual([
      [
        'llm-cost-ops-prometheus',
        'llm-cost-ops',
        [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }],
      ],
      [
        'llm-cost-ops-metrics-adapter',
        'llm-cost-ops',
        [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }],
      ],
    ]);
  });

  it('are, for the HPA controller, to read the two metrics', () => {
    expect(ofKind('ClusterRole').map(({ rules }) => rules)).toEqual([
      [
        {
          apiGroups: ['custom.metrics.k8s.io'],
          resources: ['pods/requests_per_second', 'pods/gateway_calls_in_flight'],
          verbs: ['get', 'list'],
        },
      ],
    ]);
    const binding = documentOf(all, 'ClusterRoleBinding', 'llm-cost-ops-metrics-adapter-hpa-reader');
    expect(binding.roleRef.name).toBe(ofKind('ClusterRole')[0].metadata.name);
    expect(binding.subjects).toEqual([
      { kind: 'ServiceAccount', name: 'horizontal-pod-autoscaler', namespace: 'kube-system' },
    ]);
  });

  it('let the adapter alone ask who calls it', () => {
    const subjects = [
      { kind: 'ServiceAccount', name: 'llm-cost-ops-metrics-adapter', namespace: 'llm-cost-ops' },
    ];
    const delegator = documentOf(all, 'ClusterRoleBinding', 'llm-cost-ops-metrics-adapter-auth-delegator');
    expect(delegator).toMatchObject({ roleRef: { name: 'system:auth-delegator' }, subjects });
    const reader = documentOf(all, 'RoleBinding', 'llm-cost-ops-metrics-adapter-auth-reader');
    expect(reader.metadata.namespace).toBe('kube-system');
    expect(reader).toMatchObject({
      roleRef: { kind: 'Role', name: 'extension-apiserver-authentication-reader' },
      subjects,
    });
  });

  it('go to accounts that exist, and only pods of those mount a token', () => {
    const accounts = ofKind('ServiceAccount').map(({ metadata }) => metadata.name);
    const bound = [...ofKind('RoleBinding'), ...ofKind('ClusterRoleBinding')].flatMap(
      ({ subjects }) => subjects,
    );
    const ours = bound.filter(({ namespace }) => namespace === 'llm-cost-ops').map(({ name }) => name);
    expect([...new Set(ours)].sort()).toEqual([...accounts].sort());
    for (const { spec } of ofKind('Deployment')) {
      expect(accounts).toContain(spec.template.spec.serviceAccountName);
    }
  });

  it.each(['APIService', 'ClusterRole', 'ClusterRoleBinding'])('%s is in no namespace', (kind) => {
    expect(ofKind(kind)).not.toEqual([]);
    for (const { metadata } of ofKind(kind)) expect(metadata).not.toHaveProperty('namespace');
  });
});

describe('custom metrics API', () => {
  it("leads to the adapter's port through its Service", () => {
    const api = documentOf(adapter(), 'APIService');
    const service = documentOf(adapter(), 'Service');
    expect(api.metadata.name).toBe(`${api.spec.version}.${api.spec.group}`);
    expect(api.spec).toMatchObject({ group: 'custom.metrics.k8s.io', version: 'v1beta1' });
    expect(api.spec.service).toEqual({
      name: service.metadata.name,
      namespace: service.metadata.namespace,
      port: service.spec.ports[0].port,
    });
    expect(podOf(adapter()).spec.containers[0].args).toContain(
      `--secure-port=${service.spec.ports[0].targetPort}`,
    );
  });

  it("serves the HPA's metric", () => {
    const hpa = documentOf(autoscaling(testConfig()), 'HorizontalPodAutoscaler');
    const [rule] = metricsAdapterConfig().rules;
    expect(rule?.name.as).toBe(hpa.spec.metrics[2].pods.metric.name);
  });
});

/** The autoscalers of an environment, and the workload that they act on. */
function autoscaling(config: ResolvedConfig): Manifest[] {
  const app = new App();
  const workload = new Chart(app, 'workload', { disableResourceNameHashes: true });
  const target = new Deployment(workload, 'Deployment', {
    metadata: { name: 'llm-cost-ops-api' },
    containers: [{ image: 'api' }],
  });
  return manifestsOf([new AutoscalingChart(app, 'autoscaling', { config, target }), workload]);
}

describe('KEDA', () => {
  const scaledObject = (config = keda()) => documentOf(autoscaling(config), 'ScaledObject');
  const triggerOf = (document: AnyDocument, type: string) =>
    document.spec.triggers.find((trigger: AnyDocument) => trigger.type === type);

  it("takes the HPA's place and name, and leaves VPA and replicas as they are", () => {
    const kinds = autoscaling(keda()).map(({ document }) => document.kind);
    expect(kinds.sort()).toEqual(['Deployment', 'ScaledObject', 'VerticalPodAutoscaler']);
    const { metadata, spec } = scaledObject();
    expect(metadata.name).toBe('llm-cost-ops-api');
    expect(metadata.annotations).toEqual({ 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' });
    expect(spec.advanced.horizontalPodAutoscalerConfig.name).toBe('llm-cost-ops-hpa');
    expect(documentOf(autoscaling(keda()), 'Deployment').spec).not.toHaveProperty('replicas');
    expect(schemaProblems(scaledObject())).toEqual([]);
  });

  it.each([
    ['the seed', {}],
    ['another minimum', { minReplicas: 4 }],
    ['another maximum', { maxReplicas: 40 }],
    ['other targets', { cpuUtilizationPercent: 60, memoryUtilizationPercent: 65, requestsPerSecond: 80 }],
    ['another way down', { scaleDown: { percent: 10, pods: 7, periodSeconds: 90, selectPolicy: 'Max' } }],
    ['another way up', { scaleUp: { stabilizationWindowSeconds: 30, percent: 50, pods: 9 } }],
    ['no memory target', { memoryUtilizationPercent: null }],
    ['no request target', { requestsPerSecond: null }],
  ] as const)("has the HPA's numbers with %s", (_, knobs) => {
    const hpa = documentOf(
      autoscaling(testConfig({ autoscaling: { hpa: knobs } })),
      'HorizontalPodAutoscaler',
    );
    const { spec } = scaledObject(keda(knobs));
    expect(spec.scaleTargetRef).toEqual(hpa.spec.scaleTargetRef);
    expect([spec.minReplicaCount, spec.maxReplicaCount]).toEqual([
      hpa.spec.minReplicas,
      hpa.spec.maxReplicas,
    ]);
    expect(spec.advanced.horizontalPodAutoscalerConfig.behavior).toEqual(hpa.spec.behavior);
    expect(spec.triggers.map(targetOfTrigger)).toEqual(hpa.spec.metrics.map(targetOfMetric));
  });

  it('asks our Prometheus, or the one that is there, and takes an empty answer for an error', () => {
    expect(triggerOf(scaledObject(), 'prometheus').metadata).toEqual({
      serverAddress: 'http://llm-cost-ops-prometheus.llm-cost-ops.svc:9090',
      query: totalRequestRate(),
      threshold: '100',
      ignoreNullValues: 'false',
    });
    const config = testConfig({
      autoscaling: { driver: 'keda' },
      metrics: { prometheusUrl: OTHER_PROMETHEUS },
    });
    expect(triggerOf(scaledObject(config), 'prometheus').metadata.serverAddress).toBe(OTHER_PROMETHEUS);
  });

  it('has no fallback, which could scale a busy API down while Prometheus is unavailable', () => {
    expect(scaledObject(keda({})).spec).not.toHaveProperty('fallback');
  });

  /** `[what, target]` of a trigger, in the words of an HPA. */
  function targetOfTrigger({ type, metricType, metadata }: AnyDocument) {
    return type === 'prometheus'
      ? ['requests', metricType, metadata.threshold]
      : [type, metricType, Number(metadata.value)];
  }

  function targetOfMetric({ resource, pods }: AnyDocument) {
    return pods
      ? ['requests', pods.target.type, pods.target.averageValue]
      : [resource.name, resource.target.type, resource.target.averageUtilization];
  }
});

describeWithServers('the formula', ['promtool'], () => {
  let folder: string;
  beforeAll(() => {
    folder = serverFolder();
  });
  afterAll(() => removeFolder(folder));

  const perPod = requestRate({ matchers: 'namespace="llm-cost-ops"', groupBy: 'namespace, pod' });
  const series = (labels: string, values: string) => ({
    series: `http_requests_total{namespace="llm-cost-ops",${labels}}`,
    values,
  });
  const sample = (pod: string, value: number) => ({
    labels: `{namespace="llm-cost-ops", pod="${pod}"}`,
    value,
  });

  /**
   * Runs promtool on samples every 15 s, asked 5 s after a sample: Prometheus 3 leaves the oldest edge of a window
   * out, 2.53 takes it in, and between two samples they agree. The window then has 4 samples, from 75 s to 120 s.
   */
  async function unitTest(input: object[], expr: string, samples: object[]) {
    const file = join(folder, 'test.yml');
    // 10 comes out as 9.999999999999998.
    const expectation = { expr: `round(${expr}, 0.001)`, eval_time: '125s', exp_samples: samples };
    const tests = [{ interval: '15s', input_series: input, promql_expr_test: [expectation] }];
    writeFileSync(file, stringify({ rule_files: [], evaluation_interval: '15s', tests }));
    return runProgram('promtool', ['test', 'rules', file], { cwd: folder });
  }

  it.each([
    [
      'each pod by itself',
      [series('pod="a"', '0+150x8'), series('pod="b"', '0+600x8')],
      [
        ['a', 10],
        ['b', 40],
      ],
    ],
    [
      'routes and codes together',
      [series('pod="a",route="/api",code="200"', '0+150x8'), series('pod="a",code="500"', '0+75x8')],
      [['a', 15]],
    ],
    [
      'neither probes nor scrapes, but paths that only begin like theirs',
      [
        series('pod="a",route="/health"', '0+9000x8'),
        series('pod="a",route="/metrics"', '0+9000x8'),
        series('pod="a",route="/healthy-models"', '0+150x8'),
      ],
      [['a', 10]],
    ],
    // From 750 at 75 s over 900 to 0, and to 210 at 120 s: 150 + 60 + 150 in 45 s. It would be negative otherwise.
    ['a restarted pod from zero', [series('pod="a"', '0 150 300 450 600 750 900 60 210')], [['a', 8]]],
    ['no pod with one sample', [series('pod="a"', '0+150x8'), series('pod="new"', '_x7 40')], [['a', 10]]],
    ['an idle pod as zero', [series('pod="a"', '7+0x8')], [['a', 0]]],
    ['nothing without a pod', [], []],
  ] as [string, object[], [string, number][]][])('counts %s', async (_, input, expected) => {
    const { code, output } = await unitTest(
      input,
      perPod,
      expected.map(([pod, value]) => sample(pod, value)),
    );
    expect(output).toContain('SUCCESS');
    expect(code).toBe(0);
  });

  it('fails with another value', async () => {
    const { code, output } = await unitTest([series('pod="a"', '0+150x8')], perPod, [sample('a', 11)]);
    expect(code).not.toBe(0);
    expect(output).toContain('FAILED');
  });

  it('adds up the API pods of the namespace, and has no value without one', async () => {
    const api = [
      series('pod="llm-cost-ops-api-5d8f-x1"', '0+150x8'),
      series('pod="llm-cost-ops-api-5d8f-x2"', '0+600x8'),
    ];
    const others = [
      series('pod="llm-cost-ops-admin-77c-y1"', '0+9000x8'),
      { series: 'http_requests_total{namespace="other",pod="llm-cost-ops-api-z"}', values: '0+9000x8' },
    ];
    const total = totalRequestRate();
    expect((await unitTest([...api, ...others], total, [{ labels: '{}', value: 50 }])).output).toContain(
      'SUCCESS',
    );
    expect((await unitTest(others, total, [])).output).toContain('SUCCESS');
  });
});

/** A loopback "pod" whose counters rise with the time of the scrape itself, requests per second by label set. */
interface FakePod {
  /** Labels that service discovery gives it. */
  readonly name: string;
  readonly app: string;
  readonly portName: string;
  readonly phase: string;
  /** Requests per second by the label set of the counter. */
  readonly rates: Readonly<Record<string, number>>;
}

const API_POD = { app: 'llm-cost-ops-api', portName: 'metrics', phase: 'Running' };
const PODS: readonly FakePod[] = [
  {
    ...API_POD,
    name: 'llm-cost-ops-api-1',
    rates: { 'route="/api/v1/costs",code="200"': 40, 'route="/api/v1/llm"': 20, 'route="/health"': 600 },
  },
  // It claims to be the first one.
  { ...API_POD, name: 'llm-cost-ops-api-2', rates: { 'pod="llm-cost-ops-api-1",namespace="default"': 30 } },
  { ...API_POD, name: 'llm-cost-ops-admin-1', app: 'llm-cost-ops-admin', rates: { 'route="/users"': 200 } },
  {
    ...API_POD,
    name: 'llm-cost-ops-api-runaway',
    rates: Object.fromEntries(Array.from({ length: 5001 }, (_, id) => [`route="/api/v1/costs/${id}"`, 1])),
  },
  { ...API_POD, name: 'llm-cost-ops-api-3', portName: 'http', rates: { '': 300 } },
  { ...API_POD, name: 'llm-cost-ops-api-4', phase: 'Succeeded', rates: { '': 300 } },
  { ...API_POD, name: 'llm-cost-ops-api-5', app: 'somebody-else', rates: { '': 300 } },
];

describeWithServers('a real Prometheus', ['prometheus', 'promtool'], () => {
  /** A fifteenth of the real one; the window follows, 4 s. */
  const INTERVAL = Duration.seconds(1);
  /**
   * Share by which a rate may be off. The counter is read when the scrape arrives and dated when Prometheus sent it;
   * on a busy machine the delays of the first and the last scrape of a window, 3 s apart, differ. What would be
   * wrong is farther away: 660 with health checks, 90 under one name, 290 with the admin pod.
   */
  const TOLERANCE = 0.2;

  let folder: string;
  let url: string;
  let server: RunningServer;
  const listening: Server[] = [];
  const scrapes = new Map<string, number>();

  async function listen(pod: FakePod): Promise<number> {
    const start = performance.now();
    const pods = createServer((_, response) => {
      scrapes.set(pod.name, (scrapes.get(pod.name) ?? 0) + 1);
      const seconds = (performance.now() - start) / 1000;
      const lines = Object.entries(pod.rates).map(
        ([labels, rate]) => `http_requests_total{${labels}} ${rate * seconds}\n`,
      );
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(`# TYPE http_requests_total counter\n${lines.join('')}`);
    });
    listening.push(pods);
    await new Promise<void>((resolve) => pods.listen(0, '127.0.0.1', resolve));
    return (pods.address() as AddressInfo).port;
  }

  /** The rendered configuration, with fixed targets of the same labels in the place of the Kubernetes API. */
  async function withFixedTargets(config: PrometheusConfig): Promise<PrometheusConfig> {
    const targets = await Promise.all(
      PODS.map(async (pod) => ({
        targets: [`127.0.0.1:${await listen(pod)}`],
        labels: {
          __meta_kubernetes_namespace: 'llm-cost-ops',
          __meta_kubernetes_pod_name: pod.name,
          __meta_kubernetes_pod_phase: pod.phase,
          __meta_kubernetes_pod_label_app_kubernetes_io_name: pod.app,
          __meta_kubernetes_pod_container_port_name: pod.portName,
        },
      })),
    );
    const jobs = config.scrape_configs.map(({ kubernetes_sd_configs: _, ...job }) => ({
      ...job,
      static_configs: targets,
    }));
    return { ...config, scrape_configs: jobs };
  }

  beforeAll(async () => {
    folder = serverFolder();
    const file = join(folder, 'prometheus.yml');
    writeFileSync(file, prometheusYaml(await withFixedTargets(prometheusConfig(INTERVAL))));
    const address = `127.0.0.1:${await freePort()}`;
    url = `http://${address}`;
    server = startServer('prometheus', [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ]);
    const rates = requestRate({ matchers: 'pod!=""', groupBy: 'pod', scrapeInterval: INTERVAL });
    await until(async () => expect(Object.keys(await valuesOf(rates))).toHaveLength(3), server);
  });

  afterAll(async () => {
    await server?.stop();
    for (const pods of listening) {
      pods.closeAllConnections();
      pods.close();
    }
    removeFolder(folder);
  });

  async function ask(path: string, parameters: Record<string, string>): Promise<AnyDocument> {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { data, error } = (await response.json()) as AnyDocument;
    if (error) throw new Error(error);
    return data;
  }

  /** Values of a query by the label `pod`; '' where there is none. */
  async function valuesOf(query: string): Promise<Record<string, number>> {
    const { result } = await ask('query', { query });
    return Object.fromEntries(
      result.map(({ metric, value }: AnyDocument) => [metric.pod ?? '', Number(value[1])]),
    );
  }

  /** Waits for a window of samples and for the expected rates. */
  async function expectRates(query: string, expected: Record<string, number>): Promise<void> {
    await until(async () => {
      const values = await valuesOf(query);
      expect(Object.keys(values).sort()).toEqual(Object.keys(expected).sort());
      for (const [pod, rate] of Object.entries(expected)) {
        expect(Math.abs((values[pod] ?? 0) - rate)).toBeLessThan(TOLERANCE * rate);
      }
    }, server);
  }

  /** The adapter's query for pods by name, filled in as prometheus-adapter does (pkg/naming/metrics_query.go). */
  function adapterQuery(pods: readonly string[]): string {
    const [rule] = metricsAdapterConfig(INTERVAL).rules;
    return String(rule?.metricsQuery)
      .replaceAll('<<.LabelMatchers>>', `namespace="llm-cost-ops",pod=~"${pods.join('|')}"`)
      .replaceAll('<<.GroupBy>>', 'pod');
  }

  it('accepts the file as it is rendered', async () => {
    const file = join(folder, 'rendered.yml');
    writeFileSync(file, prometheusYaml());
    expect(await runProgram('promtool', ['check', 'config', file])).toMatchObject({ code: 0 });
    writeFileSync(file, prometheusYaml().replace('sample_limit', 'sample_limits'));
    expect(await runProgram('promtool', ['check', 'config', file])).toMatchObject({ code: 1 });
    expect(parse(prometheusYaml())).toEqual(prometheusConfig());
  });

  it("answers the adapter with each pod's own rate", async () => {
    const pods = ['llm-cost-ops-api-1', 'llm-cost-ops-api-2'];
    await expectRates(adapterQuery(pods), { 'llm-cost-ops-api-1': 60, 'llm-cost-ops-api-2': 30 });
  });

  it('would count health checks without the formula', async () => {
    await expectRates('sum(rate(http_requests_total{pod="llm-cost-ops-api-1"}[4s])) by (pod)', {
      'llm-cost-ops-api-1': 660,
    });
  });

  it("shows the adapter series that it can tell pods by, under the metric's name", async () => {
    const [rule] = metricsAdapterConfig(INTERVAL).rules;
    const found: Record<string, string>[] = await ask('series', { 'match[]': String(rule?.seriesQuery) });
    expect(found.length).toBeGreaterThan(0);
    for (const labels of found) {
      expect(labels).toMatchObject({
        namespace: 'llm-cost-ops',
        pod: expect.stringMatching(/^llm-cost-ops-/),
      });
      expect(labels['__name__']).toMatch(new RegExp(String(rule?.name.matches)));
    }
  });

  it('answers KEDA with the sum of the API pods', async () => {
    await expectRates(totalRequestRate(INTERVAL), { '': 90 });
  });

  it('scrapes running pods of ours at their metrics port, and no others', async () => {
    expect([...scrapes.keys()].sort()).toEqual([
      'llm-cost-ops-admin-1',
      'llm-cost-ops-api-1',
      'llm-cost-ops-api-2',
      'llm-cost-ops-api-runaway',
    ]);
    const apps = await ask('query', { query: 'count(up) by (app)' });
    expect(apps.result.map(({ metric }: AnyDocument) => metric.app).sort()).toEqual([
      'llm-cost-ops-admin',
      'llm-cost-ops-api',
    ]);
  });

  it('renames labels with which a pod claims another identity', async () => {
    const { result } = await ask('query', { query: 'http_requests_total{pod="llm-cost-ops-api-2"}' });
    expect(result).toHaveLength(1);
    expect(result[0].metric).toMatchObject({
      namespace: 'llm-cost-ops',
      exported_pod: 'llm-cost-ops-api-1',
      exported_namespace: 'default',
    });
  });

  it('refuses only the pod with too many label values', async () => {
    expect(await valuesOf('up')).toEqual({
      'llm-cost-ops-admin-1': 1,
      'llm-cost-ops-api-1': 1,
      'llm-cost-ops-api-2': 1,
      'llm-cost-ops-api-runaway': 0,
    });
    expect(await valuesOf('count(http_requests_total{pod="llm-cost-ops-api-runaway"})')).toEqual({});
  });
});
