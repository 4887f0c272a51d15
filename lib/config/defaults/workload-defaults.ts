import { type ConfigInput, isRecord } from '../input';

/** @param repository of the API's image, without a tag */
export function workloadDefaults(repository: string) {
  return {
    image: { repository, digest: null },
    cpuRequest: '500m',
    cpuLimit: '2000m',
    memoryRequest: '512Mi',
    memoryLimit: '2Gi',
    preStopSeconds: 35,
    terminationGraceSeconds: 95,
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
