import { App, type Chart } from 'cdk8s';
import { stringify } from 'yaml';
import type { ResolvedConfig } from '../lib/config/environment-config';
import { scaledWorkloads } from '../lib/config/scaled-workloads';
import { argoApplications } from './argo-application';
import { AdminChart } from './charts/admin-chart';
import { ApiChart } from './charts/api-chart';
import { AutoscalingChart } from './charts/autoscaling-chart';
import { ConfigurationChart } from './charts/configuration-chart';
import { DashboardsChart } from './charts/dashboards-chart';
import { FloorChart } from './charts/floor-chart';
import { GuardrailsChart } from './charts/guardrails-chart';
import { MetricsAdapterChart } from './charts/metrics-adapter-chart';
import { NamespaceChart } from './charts/namespace-chart';
import { NetworkChart } from './charts/network-chart';
import { NginxChart } from './charts/nginx-chart';
import { PgBouncerChart } from './charts/pgbouncer-chart';
import { PrometheusChart } from './charts/prometheus-chart';
import { VerticalPodAutoscalerChart } from './charts/vertical-pod-autoscaler-chart';
import { KUSTOMIZATION_FILE, kustomizationOf, sortForApply, withSyncWave } from './kustomization';
import { isForeignNamespace, type KubernetesDocument, type Manifest } from './manifest';
import { needsMetricsAdapter, needsPrometheus } from './metrics-needs';
import type { StackOutputs } from './stack-outputs';
import { installsVpa } from './vpa-needs';
import { warningsFor } from './warnings';

/** What `renderManifests` returns. */
export interface RenderedManifests {
  /**
   * All files: resources in the order of `kubectl apply`, then the `kustomization.yaml` that lists them, then the
   * resources for Argo CD's own namespace.
   */
  readonly manifests: readonly Manifest[];
  /** What a person should know before applying them, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * The manifests of an environment. Pure: the same arguments give the same result, and nothing is written.
 * @param outputs values of the deployed stacks. Without them the resources that hold such values are left out (the
 * ConfigMap of endpoints, PgBouncer's configuration). Pods then wait for these resources; they do not start with wrong
 * hosts.
 */
export function renderManifests(config: ResolvedConfig, outputs?: StackOutputs): RenderedManifests {
  const app = new App();
  const rendered = documentsOf(chartsOf(app, config, outputs));
  const guardrails = documentsOf([new GuardrailsChart(app, 'guardrails', { config, documents: rendered })]);
  const documents = sortForApply([...rendered, ...guardrails]);
  const resources = documents
    .map((document) => (config.gitops === null ? document : withSyncWave(document)))
    .map((document) => ({ fileName: fileNameOf(document), document }));
  const kustomization = kustomizationOf(resources.map(({ fileName }) => fileName));
  return {
    manifests: [
      ...resources,
      { fileName: KUSTOMIZATION_FILE, document: kustomization },
      ...argoApplications(config),
    ],
    warnings: warningsFor(config, outputs),
  };
}

/** The file's text. A string is quoted where YAML 1.1, which kubectl reads, would parse it as another type. */
export function toYaml({ document }: Manifest): string {
  return stringify(document, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

/** Every chart that the configuration asks for, except the guardrails, which are computed from these. */
function chartsOf(app: App, config: ResolvedConfig, outputs?: StackOutputs): Chart[] {
  const { database, metrics, nginx } = config;
  const configuration = new ConfigurationChart(app, 'configuration', { config, outputs });
  const api = new ApiChart(app, 'api', { config, configuration, outputs });
  return [
    new NamespaceChart(app, 'namespace', { config }),
    new NetworkChart(app, 'network', { config }),
    configuration,
    api,
    new AdminChart(app, 'admin', { config, configuration, outputs }),
    ...(nginx.enabled ? [new NginxChart(app, 'nginx', { config })] : []),
    ...(database.pooler === 'pgbouncer' ? [new PgBouncerChart(app, 'pgbouncer', { config, outputs })] : []),
    ...(needsPrometheus(config) ? [new PrometheusChart(app, 'prometheus', { config })] : []),
    ...(needsMetricsAdapter(config) ? [new MetricsAdapterChart(app, 'metrics-adapter', { config })] : []),
    ...(installsVpa(config)
      ? [new VerticalPodAutoscalerChart(app, 'vertical-pod-autoscaler', { config })]
      : []),
    new AutoscalingChart(app, 'autoscaling', { config, target: api.deployment }),
    ...(metrics.grafanaDashboards ? [new DashboardsChart(app, 'dashboards', { config })] : []),
    ...(scaledWorkloads(config).length > 0 ? [new FloorChart(app, 'floor', { config })] : []),
  ];
}

function documentsOf(charts: readonly Chart[]): KubernetesDocument[] {
  return charts.flatMap((chart) => chart.toJson() as KubernetesDocument[]);
}

/** Names of other teams' namespaces are in the file name: the same Role may be in several of them. */
function fileNameOf({ kind, metadata: { name, namespace } = {} }: KubernetesDocument): string {
  const owner = isForeignNamespace(namespace) ? [namespace] : [];
  return [kind.toLowerCase(), ...owner, name, 'yaml'].join('.');
}
