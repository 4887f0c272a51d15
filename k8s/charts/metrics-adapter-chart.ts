import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { GATEWAY_CALLS_METRIC, NAMESPACE, REQUESTS_PER_SECOND_METRIC } from '../../lib/config/names';
import {
  HTTPS_SERVICE_PORT,
  METRICS_ADAPTER_NAME,
  METRICS_ADAPTER_PORT,
  SUPPORT_PRIORITY,
  selectorOf,
} from '../components';
import { ClusterService } from '../constructs/cluster-service';
import { hardenedPod, type PlainContainer } from '../constructs/hardened-pod';
import { MetricsApiService } from '../constructs/metrics-api-service';
import { PodDisruptionBudget } from '../constructs/pod-disruption-budget';
import { PodReader } from '../constructs/pod-reader';
import { ServerDeployment } from '../constructs/server-deployment';
import { PlainServiceAccount } from '../constructs/service-account';
import { contentHash } from '../content-hash';
import { IMAGES, imageReference } from '../images';
import { chartProps } from '../labels';
import { prometheusUrl } from '../metrics-needs';
import { metricsAdapterYaml } from '../server-config/metrics-adapter-config';

const CONFIG_FOLDER = '/etc/adapter';
const CONFIG_FILE = 'config.yaml';
const TMP_FOLDER = '/tmp';

/** How often the adapter lists the series in Prometheus: the longest time for which a new metric stays unknown. */
const RELIST_INTERVAL = '30s';
/** How far back it lists series: a minute without Prometheus, or without pods, does not make the metric unknown. */
const SERIES_AGE = '5m';

/** A little above the requests of the project's own manifests. */
const RESOURCES = {
  requests: { cpu: '100m', memory: '192Mi' },
  limits: { cpu: '500m', memory: '384Mi' },
};

export interface MetricsAdapterChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
}

/** prometheus-adapter, the provider of the HPA's `requests_per_second`, registered as the custom metrics API. */
export class MetricsAdapterChart extends Chart {
  constructor(scope: Construct, id: string, { config }: MetricsAdapterChartProps) {
    super(scope, id, chartProps(config.environment, METRICS_ADAPTER_NAME));
    const name = METRICS_ADAPTER_NAME;
    const selector = selectorOf(name);
    const data = { [CONFIG_FILE]: metricsAdapterYaml() };
    new ApiObject(this, 'Config', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
    new PlainServiceAccount(this, 'ServiceAccount', { name });
    // The HPA queries by label; the adapter lists the pods with that label and queries Prometheus by their names.
    new PodReader(this, 'PodReader', { name, namespace: NAMESPACE, verbs: ['get', 'list', 'watch'] });
    new ServerDeployment(this, 'Server', {
      name,
      selector,
      podAnnotations: { 'checksum/config': contentHash(data) },
      replicas: config.metrics.replicas,
      pod: adapterPod(prometheusUrl(config)),
    });
    new PodDisruptionBudget(this, 'DisruptionBudget', { name, selector });
    new ClusterService(this, 'Service', {
      name,
      selector,
      ports: [{ name: 'https', port: HTTPS_SERVICE_PORT, targetPort: METRICS_ADAPTER_PORT }],
    });
    new MetricsApiService(this, 'Api', {
      name,
      namespace: NAMESPACE,
      port: HTTPS_SERVICE_PORT,
      podMetrics: [REQUESTS_PER_SECOND_METRIC, GATEWAY_CALLS_METRIC],
    });
  }
}

function adapterPod(url: string): IPodSpec {
  return hardenedPod({
    selector: selectorOf(METRICS_ADAPTER_NAME),
    serviceAccountName: METRICS_ADAPTER_NAME,
    usesKubernetesApi: true,
    priorityClassName: SUPPORT_PRIORITY,
    containers: [adapterContainer(url)],
    volumes: [
      { name: 'config', configMap: { name: METRICS_ADAPTER_NAME } },
      { name: 'tmp', emptyDir: { sizeLimit: '16Mi' } },
    ],
  });
}

function adapterContainer(url: string): PlainContainer {
  return {
    name: 'adapter',
    image: imageReference(IMAGES.prometheusAdapter),
    args: [
      `--secure-port=${METRICS_ADAPTER_PORT}`,
      // For the certificate that the adapter signs itself.
      `--cert-dir=${TMP_FOLDER}/cert`,
      `--prometheus-url=${url}`,
      `--config=${CONFIG_FOLDER}/${CONFIG_FILE}`,
      `--metrics-relist-interval=${RELIST_INTERVAL}`,
      `--metrics-max-age=${SERIES_AGE}`,
    ],
    ports: [{ name: 'https', containerPort: METRICS_ADAPTER_PORT, protocol: 'TCP' }],
    resources: RESOURCES,
    readinessProbe: { ...probe('/readyz'), periodSeconds: 5 },
    livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 6 },
    volumeMounts: [
      { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
      { name: 'tmp', mountPath: TMP_FOLDER },
    ],
  };
}

function probe(path: string) {
  return { httpGet: { path, port: METRICS_ADAPTER_PORT, scheme: 'HTTPS' as const }, timeoutSeconds: 3 };
}
