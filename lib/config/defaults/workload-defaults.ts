import { leastGraceSeconds, numberAt } from '../call-times';
import { type ConfigInput, isRecord } from '../input';
import { DRAIN_SECONDS } from './gateway-defaults';

/** Long enough for the load balancer to stop sending requests to a pod that it deregisters. */
const PRE_STOP_SECONDS = 35;

/**
 * @param repository of the API's image, without a tag
 * @param input whose pause and drain the grace period of the pods follows
 */
export function workloadDefaults(repository: string, { gateway, workload }: ConfigInput) {
  const preStop = numberAt(workload, 'preStopSeconds', PRE_STOP_SECONDS);
  return {
    image: { repository, digest: null },
    cpuRequest: '500m',
    cpuLimit: '2000m',
    memoryRequest: '512Mi',
    memoryLimit: '2Gi',
    preStopSeconds: PRE_STOP_SECONDS,
    terminationGraceSeconds: leastGraceSeconds(preStop, numberAt(gateway, 'drainSeconds', DRAIN_SECONDS)),
    logLevel: 'info',
    streamPingSeconds: 15,
    httpPool: {
      keepAlive: true,
      keepAliveMilliseconds: 1000,
      maxSockets: 50,
      maxFreeSockets: 10,
      timeoutSeconds: 60,
      scheduling: 'lifo',
    },
  };
}

/** @param image of the admin servers, as far as it follows from the API's */
export function adminDefaults(image: ConfigInput) {
  return {
    image,
    replicas: 2,
    cpuRequest: '100m',
    cpuLimit: '500m',
    memoryRequest: '256Mi',
    memoryLimit: '512Mi',
    databasePoolMax: 5,
    databaseWritePoolMax: 2,
  };
}

export const NGINX_DEFAULTS = {
  enabled: false,
  replicas: 2,
  tlsSecretName: null,
  servers: [],
  maxFails: 3,
  failTimeoutSeconds: 30,
  keepaliveConnections: 32,
  keepaliveRequests: 100,
  keepaliveTimeoutSeconds: 60,
  connectTimeoutSeconds: 5,
  sendTimeoutSeconds: 60,
  readTimeoutSeconds: 60,
};

/** A provider of custom metrics is rendered only where the HPA has a metric that needs one. */
export function metricsDefaults({ autoscaling, cluster }: ConfigInput) {
  const usesRequestMetric = autoscaling.driver !== 'keda' && autoscaling.hpa?.requestsPerSecond !== null;
  // The custom metrics API belongs to the whole cluster: in an existing one it is not replaced unasked.
  const provider = isRecord(cluster) && cluster.existing !== undefined ? 'existing' : 'prometheus-adapter';
  return {
    provider: usesRequestMetric ? provider : 'none',
    prometheusUrl: null,
    scraperNamespace: null,
    replicas: 2,
    grafanaDashboards: false,
    grafanaNamespace: 'monitoring',
  };
}
