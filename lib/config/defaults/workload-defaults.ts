import { leastGraceSeconds, numberAt } from '../call-times';
import { type ConfigInput, isRecord, merge } from '../input';
import { PENDING_IMAGE_TAG } from '../names';
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
    image: imageDefaults(repository, workload),
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

/** An image that is built has no tag of its own choice. */
function imageDefaults(repository: string, workload: unknown): ConfigInput {
  const defaults = { source: 'named', repository, digest: null, architecture: 'amd64' };
  return givenImage(workload).source === 'built' ? { ...defaults, tag: PENDING_IMAGE_TAG } : defaults;
}

function givenImage(workload: unknown): ConfigInput {
  return isRecord(workload) && isRecord(workload.image) ? workload.image : {};
}

/**
 * The admin servers' image as far as it follows from the API's, because one image holds both servers. An image of the
 * admin servers' own does not inherit the digest, which belongs to the API's image, nor that it is built.
 */
export function adminImage({ admin, workload }: ConfigInput, repository: string): ConfigInput {
  const image = merge(imageDefaults(repository, workload), givenImage(workload));
  if (!isRecord(admin) || !isRecord(admin.image)) return image;
  if (image.source !== 'built') return { ...image, digest: null };
  const { tag, ...named } = image;
  return { ...named, source: 'named', digest: null };
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
