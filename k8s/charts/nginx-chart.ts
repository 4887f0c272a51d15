import { Chart } from 'cdk8s';
import { ConfigMap } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { gatewayReadSeconds } from '../../lib/config/call-times';
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
import { IMAGES, imageReference } from '../images';
import { chartProps, commonLabels } from '../labels';
import { loadBalancerCidrs } from '../network-peers';
import { NGINX_HEALTH_PATH, type NginxConfSettings, nginxConf } from '../server-config/nginx-conf';

/** Worker processes, and so the CPUs that a pod can use. */
const WORKERS = 2;

/**
 * Connections of one worker. A proxied request takes two, so one pod serves 10,240 requests at once: all of the seed's
 * 10,000 users while the other pods are unavailable.
 */
const WORKER_CONNECTIONS = 10_240;

/**
 * A request takes up to 42 KiB besides its body (nine proxy buffers of 4 KiB, or one of 32, its own memory, its connections); the
 * most requests of a pod take 420 MiB. The rest of the limit is for TLS and for bodies, 128 KiB of each in memory.
 */
const RESOURCES = {
  requests: { cpu: '500m', memory: '256Mi' },
  limits: { cpu: `${WORKERS * 1000}m`, memory: '1024Mi' },
};

/** Largest requests whose bodies have room on disk at once; Kubernetes evicts a pod that needs more. */
const LARGEST_BODIES = 100;

const CONF_FOLDER = '/etc/nginx/conf';
const CONF_FILE = 'nginx.conf';
const TLS_FOLDER = '/etc/nginx/tls';
const TEMP_FOLDER = '/tmp';

export interface NginxChartProps {
  /** Resolved configuration of an environment with `nginx.enabled`. */
  readonly config: ResolvedConfig;
}

/** The seed's NGINX load balancer: its configuration, its pods, and the Service whose pods are the ALB's targets. */
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
      // New pods rather than a reload: a broken configuration never replaces a working one.
      podAnnotations: { 'checksum/config': contentHash(data) },
      replicas: config.nginx.replicas,
      pod: podOf(config, selector),
      // Time for one ALB health check of a new target: the roll-out waits even without the readiness gate.
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

/** Settings of nginx.conf in an environment. */
export function nginxSettings(config: ResolvedConfig): NginxConfSettings {
  const { nginx, domain } = config;
  const { enabled: _, replicas: __, tlsSecretName: ___, servers, ...balancing } = nginx;
  return {
    ...balancing,
    workerProcesses: WORKERS,
    workerConnections: WORKER_CONNECTIONS,
    httpPort: NGINX_HTTP_PORT,
    httpsPort: NGINX_HTTPS_PORT,
    // The configuration refuses NGINX without a domain.
    serverNames: domain === null ? [] : [domain.api, domain.app],
    loadBalancerCidrs: loadBalancerCidrs(config),
    clientKeepaliveSeconds: serverKeepAliveSeconds(config),
    tlsFolder: TLS_FOLDER,
    tempFolder: TEMP_FOLDER,
    accessLog: '/dev/stdout',
    gatewayReadSeconds: gatewayReadSeconds(config.gateway.longestCallSeconds),
    gatewayBodyMebibytes: config.gateway.maxBodyMebibytes,
    servers: servers.length > 0 ? servers : [apiService()],
  };
}

/**
 * The API's pods behind their Service's stable address. With a single server NGINX counts no failures and has no other
 * server to try; the pods' readiness decides which of them get connections.
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
      // A renewed certificate appears in the folder within minutes; NGINX uses it after `kubectl rollout restart`.
      { name: 'tls', secret: { secretName: tlsSecretName(config) } },
      { name: 'tmp', emptyDir: { sizeLimit: `${LARGEST_BODIES * config.gateway.maxBodyMebibytes}Mi` } },
    ],
    priorityClassName: SERVING_PRIORITY,
    terminationGraceSeconds: config.workload.terminationGraceSeconds,
  });
}

function containerOf(preStopSeconds: number): PlainContainer {
  return {
    name: 'nginx',
    image: imageReference(IMAGES.nginx),
    // Skips the image's entry point, which edits files. `-e`: before it has read its configuration NGINX logs to a
    // file.
    command: ['nginx', '-e', 'stderr', '-c', `${CONF_FOLDER}/${CONF_FILE}`],
    ports: [
      { name: 'http', containerPort: NGINX_HTTP_PORT },
      { name: 'https', containerPort: NGINX_HTTPS_PORT },
    ],
    resources: RESOURCES,
    ...probes(),
    // During the sleep the ALB stops sending requests; then SIGQUIT, the image's stop signal, lets requests finish.
    lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } },
    volumeMounts: [
      { name: 'conf', mountPath: CONF_FOLDER, readOnly: true },
      { name: 'tls', mountPath: TLS_FOLDER, readOnly: true },
      { name: 'tmp', mountPath: TEMP_FOLDER },
    ],
  };
}

/**
 * Both probes check NGINX only, not the API behind it. All NGINX pods share one API: while the API is down a restart of
 * NGINX does not help, and if no pod were ready, the ALB's target group would empty and have to pass its checks again
 * when the API is back. The ALB checks the API's `/health` through each NGINX pod, so it skips a pod that cannot reach
 * the API. A new pod waits for that check where the readiness gate is injected.
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
