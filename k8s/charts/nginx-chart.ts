import { Chart } from 'cdk8s';
import { ConfigMap } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { serverKeepAliveSeconds } from '../../lib/config/keep-alive';
import { API_NAME, NAMESPACE } from '../../lib/config/names';
import {
  HTTPS_SERVICE_PORT,
  NGINX_HTTP_PORT,
  NGINX_HTTPS_PORT,
  NGINX_NAME,
  SERVICE_PORT,
  SERVING_PRIORITY,
  selectorOf,
} from '../components';
import { ClusterService } from '../constructs/cluster-service';
import { hardenedPod, type PlainContainer } from '../constructs/hardened-pod';
import { PodDisruptionBudget } from '../constructs/pod-disruption-budget';
import { ServerDeployment } from '../constructs/server-deployment';
import { PlainServiceAccount } from '../constructs/service-account';
import { contentHash } from '../content-hash';
import { IMAGES } from '../images';
import { chartProps, commonLabels } from '../labels';
import { loadBalancerCidrs } from '../network-peers';
import { NGINX_HEALTH_PATH, type NginxConfSettings, nginxConf } from '../server-config/nginx-conf';

/** Worker processes, and so the CPUs that a pod can use. */
const WORKERS = 2;

/**
 * Connections of one worker. A proxied request takes two, so that one pod holds 10,240 at once: all of the seed's
 * 10,000 users while the other pods are away.
 */
const WORKER_CONNECTIONS = 10_240;

/**
 * A request takes up to 42 KiB besides its body (nine proxy buffers of 4 KiB, its own memory, its connections), all
 * that a pod can hold 420 MiB. The rest of the limit is for TLS and for bodies, of which 128 KiB each are in memory.
 */
const RESOURCES = {
  requests: { cpu: '500m', memory: '256Mi' },
  limits: { cpu: `${WORKERS * 1000}m`, memory: '1024Mi' },
};

/** Room for the bodies of a hundred of the largest requests at once; a pod that needs more is evicted. */
const TEMP_SIZE_LIMIT = '1024Mi';

const CONF_FOLDER = '/etc/nginx/conf';
const CONF_FILE = 'nginx.conf';
const TLS_FOLDER = '/etc/nginx/tls';
const TEMP_FOLDER = '/tmp';

export interface NginxChartProps {
  /** With `nginx.enabled`. */
  readonly config: ResolvedConfig;
}

/** The seed's NGINX balancer: its configuration, its pods and the Service whose pods the ALB sends requests to. */
export class NginxChart extends Chart {
  constructor(scope: Construct, id: string, { config }: NginxChartProps) {
    super(scope, id, chartProps(config.environment, NGINX_NAME));
    const selector = selectorOf(NGINX_NAME);
    const data = { [CONF_FILE]: nginxConf(nginxSettings(config)) };
    const { intervalSeconds, timeoutSeconds } = config.loadBalancer.healthCheck;
    new PlainServiceAccount(this, 'ServiceAccount', { name: NGINX_NAME });
    new ConfigMap(this, 'Configuration', { metadata: { name: NGINX_NAME }, data });
    new ServerDeployment(this, 'Server', {
      name: NGINX_NAME,
      selector,
      podLabels: commonLabels(config.environment),
      // New pods rather than a reload: a configuration that does not load never replaces one that does.
      podAnnotations: { 'checksum/config': contentHash(data) },
      replicas: config.nginx.replicas,
      pod: podOf(config, selector),
      // One check of the ALB, which a new target must pass: a roll-out waits even without the readiness gate.
      minReadySeconds: intervalSeconds + timeoutSeconds,
    });
    new PodDisruptionBudget(this, 'PodDisruptionBudget', { name: NGINX_NAME, selector });
    new ClusterService(this, 'Service', {
      name: NGINX_NAME,
      selector,
      ports: [
        { name: 'http', port: SERVICE_PORT, targetPort: NGINX_HTTP_PORT },
        { name: 'https', port: HTTPS_SERVICE_PORT, targetPort: NGINX_HTTPS_PORT },
      ],
    });
  }
}

/** What nginx.conf is made from in an environment. */
export function nginxSettings(config: ResolvedConfig): NginxConfSettings {
  const { nginx, domain } = config;
  const { enabled: _, replicas: __, tlsSecretName: ___, servers, ...balancing } = nginx;
  return {
    ...balancing,
    workerProcesses: WORKERS,
    workerConnections: WORKER_CONNECTIONS,
    httpPort: NGINX_HTTP_PORT,
    httpsPort: NGINX_HTTPS_PORT,
    serverNames: [domain.api, domain.app],
    loadBalancerCidrs: loadBalancerCidrs(config),
    clientKeepaliveSeconds: serverKeepAliveSeconds(config),
    tlsFolder: TLS_FOLDER,
    tempFolder: TEMP_FOLDER,
    accessLog: '/dev/stdout',
    servers: servers.length > 0 ? servers : [apiService()],
  };
}

/**
 * The API's pods behind one address that stays. With a single server NGINX counts no failures and has no other to
 * try: which pods get connections is up to their readiness.
 */
function apiService(): NginxConfSettings['servers'][number] {
  const host = `${API_NAME}.${NAMESPACE}.svc.cluster.local`;
  return { address: `${host}:${SERVICE_PORT}`, weight: 1, backup: false };
}

function podOf(config: ResolvedConfig, selector: Readonly<Record<string, string>>): IPodSpec {
  return hardenedPod({
    selector,
    serviceAccountName: NGINX_NAME,
    containers: [containerOf(config.workload.preStopSeconds)],
    volumes: [
      { name: 'conf', configMap: { name: NGINX_NAME } },
      // A renewed certificate is in the folder within minutes, and in use after `kubectl rollout restart`.
      { name: 'tls', secret: { secretName: tlsSecretName(config) } },
      { name: 'tmp', emptyDir: { sizeLimit: TEMP_SIZE_LIMIT } },
    ],
    priorityClassName: SERVING_PRIORITY,
    terminationGraceSeconds: config.workload.terminationGraceSeconds,
  });
}

function containerOf(preStopSeconds: number): PlainContainer {
  return {
    name: 'nginx',
    image: IMAGES.nginx,
    // Past the image's entry point, which edits files. `-e`: until it has read its configuration NGINX logs to a file.
    command: ['nginx', '-e', 'stderr', '-c', `${CONF_FOLDER}/${CONF_FILE}`],
    ports: [
      { name: 'http', containerPort: NGINX_HTTP_PORT },
      { name: 'https', containerPort: NGINX_HTTPS_PORT },
    ],
    resources: RESOURCES,
    ...probes(),
    // The ALB stops sending in the meantime; then the image's stop signal, SIGQUIT, lets requests finish.
    lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } },
    volumeMounts: [
      { name: 'conf', mountPath: CONF_FOLDER, readOnly: true },
      { name: 'tls', mountPath: TLS_FOLDER, readOnly: true },
      { name: 'tmp', mountPath: TEMP_FOLDER },
    ],
  };
}

/**
 * Both ask NGINX alone. Its pods share one API: while that is away a restart mends nothing, and were no pod ready,
 * the ALB's target group would empty and have to fill and pass its checks again once the API is back. The ALB asks
 * `/health`, the API's, through each pod and so leaves out one that cannot reach it; a new pod waits for that where
 * the readiness gate is injected.
 */
function probes(): Pick<PlainContainer, 'readinessProbe' | 'livenessProbe'> {
  const httpGet = { path: NGINX_HEALTH_PATH, port: NGINX_HTTP_PORT };
  return {
    readinessProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
    livenessProbe: { httpGet, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 3 },
  };
}

function tlsSecretName({ nginx: { tlsSecretName: name } }: ResolvedConfig): string {
  if (name === null)
    throw new Error("'nginx.tlsSecretName' must name a Secret of type kubernetes.io/tls, got null");
  return name;
}
