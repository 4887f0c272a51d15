import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { NAMESPACE } from '../../lib/config/names';
import { PROMETHEUS_NAME, PROMETHEUS_PORT, selectorOf } from '../components';
import { NetworkPolicy } from '../constructs/network-policy';
import type { GrafanaDashboard } from '../dashboards/grafana';
import { grafanaDashboards } from '../dashboards/grafana-dashboards';
import { commonLabels } from '../labels';
import { needsPrometheus } from '../metrics-needs';
import { podsIn } from '../network-peers';

/**
 * Label by which the sidecar of Grafana's Helm chart finds ConfigMaps with dashboards; kube-prometheus-stack looks for
 * the value too. https://github.com/grafana/helm-charts/tree/main/charts/grafana#sidecar-for-dashboards
 */
const SIDECAR_LABEL = { grafana_dashboard: '1' };

/** Annotation with the folder in Grafana; the sidecar reads it if `sidecar.dashboards.folderAnnotation` is set. */
const FOLDER_ANNOTATION = 'grafana_folder';
const FOLDER = 'LLM Cost Ops';

/** Pods of Grafana in its Helm charts. */
const GRAFANA_LABELS = { 'app.kubernetes.io/name': 'grafana' };

export interface DashboardsChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
}

/**
 * A ConfigMap for each Grafana dashboard, and a network policy from Grafana to the Prometheus that is rendered here.
 */
export class DashboardsChart extends Chart {
  constructor(scope: Construct, id: string, { config }: DashboardsChartProps) {
    super(scope, id, {
      namespace: NAMESPACE,
      labels: commonLabels(config.environment),
      disableResourceNameHashes: true,
    });
    for (const [name, dashboard] of Object.entries(grafanaDashboards(config))) {
      this.addDashboard(name, dashboard);
    }
    if (needsPrometheus(config)) this.admitGrafana(config.metrics.grafanaNamespace);
  }

  private addDashboard(name: string, dashboard: GrafanaDashboard): void {
    new ApiObject(this, name, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: dashboard.uid,
        labels: SIDECAR_LABEL,
        annotations: { [FOLDER_ANNOTATION]: FOLDER },
      },
      // The sidecar puts the files of all ConfigMaps into one folder, so the file name must be unique.
      data: { [`${dashboard.uid}.json`]: JSON.stringify(dashboard, null, 2) },
    });
  }

  /** In addition to Prometheus's own policy: Kubernetes allows what any of the policies allows. */
  private admitGrafana(namespace: string): void {
    new NetworkPolicy(this, 'AdmitGrafana', {
      name: 'grafana-to-prometheus',
      selector: selectorOf(PROMETHEUS_NAME),
      ingress: [{ peers: [podsIn(namespace, GRAFANA_LABELS)], ports: [PROMETHEUS_PORT] }],
    });
  }
}
