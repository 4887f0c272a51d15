import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { NAMESPACE } from '../../lib/config/names';
import { PROMETHEUS_NAME, PROMETHEUS_PORT, SUPPORT_PRIORITY, selectorOf } from '../components';
import { ClusterService } from '../constructs/cluster-service';
import { hardenedPod, type PlainContainer } from '../constructs/hardened-pod';
import { PodDisruptionBudget } from '../constructs/pod-disruption-budget';
import { PodReader } from '../constructs/pod-reader';
import { ServerDeployment } from '../constructs/server-deployment';
import { PlainServiceAccount } from '../constructs/service-account';
import { contentHash } from '../content-hash';
import { IMAGES, imageReference } from '../images';
import { chartProps } from '../labels';
import { prometheusYaml } from '../server-config/prometheus-yaml';
import { rateWindow, SCRAPE_INTERVAL } from '../server-config/request-metric';

const CONFIG_FOLDER = '/etc/prometheus';
const CONFIG_FILE = 'prometheus.yml';
const DATA_FOLDER = '/prometheus';

/**
 * Retention. The autoscaler queries the last minute; the rest is for people who ask why it scaled. Prometheus deletes
 * whole blocks only, so the volume also has space for the current block and the write-ahead log.
 */
const RETENTION = { time: '6h', size: '1GB' };
const VOLUME_SIZE = '4Gi';

/** The request covers some tens of thousands of series; the limit is above the most that `SCRAPE_LIMITS` allows. */
const RESOURCES = {
  requests: { cpu: '100m', memory: '512Mi' },
  limits: { cpu: '1', memory: '2Gi' },
};

export interface PrometheusChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
}

/** Prometheus for the autoscaler. Each replica scrapes all pods and stores its samples in an `emptyDir` volume. */
export class PrometheusChart extends Chart {
  constructor(scope: Construct, id: string, { config }: PrometheusChartProps) {
    super(scope, id, chartProps(config.environment, PROMETHEUS_NAME));
    const name = PROMETHEUS_NAME;
    const selector = selectorOf(name);
    const data = { [CONFIG_FILE]: prometheusYaml() };
    new ApiObject(this, 'Config', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
    new PlainServiceAccount(this, 'ServiceAccount', { name });
    new PodReader(this, 'PodReader', { name, namespace: NAMESPACE, verbs: ['get', 'list', 'watch'] });
    new ServerDeployment(this, 'Server', {
      name,
      selector,
      podAnnotations: { 'checksum/config': contentHash(data) },
      replicas: config.metrics.replicas,
      // A new replica has no rate until its window has samples; the old replicas answer until then.
      minReadySeconds: rateWindow().toSeconds() + SCRAPE_INTERVAL.toSeconds(),
      pod: prometheusPod(),
    });
    new PodDisruptionBudget(this, 'DisruptionBudget', { name, selector });
    new ClusterService(this, 'Service', {
      name,
      selector,
      ports: [{ name: 'http', port: PROMETHEUS_PORT, targetPort: PROMETHEUS_PORT }],
      // Replicas scrape at different moments: a client that switches between them would see the rate jitter.
      sticky: true,
    });
  }
}

function prometheusPod(): IPodSpec {
  return hardenedPod({
    selector: selectorOf(PROMETHEUS_NAME),
    serviceAccountName: PROMETHEUS_NAME,
    // Prometheus discovers the pods to scrape through the Kubernetes API.
    usesKubernetesApi: true,
    priorityClassName: SUPPORT_PRIORITY,
    containers: [prometheusContainer()],
    volumes: [
      { name: 'config', configMap: { name: PROMETHEUS_NAME } },
      { name: 'data', emptyDir: { sizeLimit: VOLUME_SIZE } },
    ],
  });
}

/** The lifecycle and admin APIs stay off, so that no client can reload, stop or delete over HTTP. */
function prometheusContainer(): PlainContainer {
  return {
    name: 'prometheus',
    image: imageReference(IMAGES.prometheus),
    args: [
      `--config.file=${CONFIG_FOLDER}/${CONFIG_FILE}`,
      `--storage.tsdb.path=${DATA_FOLDER}`,
      `--storage.tsdb.retention.time=${RETENTION.time}`,
      `--storage.tsdb.retention.size=${RETENTION.size}`,
      `--web.listen-address=:${PROMETHEUS_PORT}`,
    ],
    ports: [{ name: 'http', containerPort: PROMETHEUS_PORT, protocol: 'TCP' }],
    resources: RESOURCES,
    // After a restart `/-/ready` answers 503 until the write-ahead log is read; `/-/healthy` answers 200 at once.
    readinessProbe: { ...probe('/-/ready'), periodSeconds: 5 },
    livenessProbe: { ...probe('/-/healthy'), periodSeconds: 10, failureThreshold: 6 },
    volumeMounts: [
      { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
      { name: 'data', mountPath: DATA_FOLDER },
    ],
  };
}

function probe(path: string) {
  return { httpGet: { path, port: PROMETHEUS_PORT }, timeoutSeconds: 3 };
}
