import { type ConfigInput, isRecord } from './input';
import { imageRepository, PROJECT } from './names';

/** One of the two ranges that EKS takes for Services; the VPC's own lie in 10.0.0.0/8. */
const SERVICE_CIDR = '172.20.0.0/16';

/**
 * Every default, in one place. Most are constants; a few follow from another knob (zones from the region, the
 * image from the account, the log-in from the pooler, HPA and VPA from the preset), which is why this is a function of the input.
 * The seed's numbers are listed with their place in docs/seed-settings.md.
 */
export function defaultsFor(environment: string, input: ConfigInput) {
  const { domain = {}, database = {}, autoscaling = {}, cluster } = input;
  const [account, region] = [textOf(input.account), textOf(input.region)];
  const preset = autoscaling.preset ?? 'hpa-acts';
  const usesRequestMetric = autoscaling.driver !== 'keda' && autoscaling.hpa?.requestsPerSecond !== null;
  // The custom metrics API is the whole cluster's: another's is not ours to take over unasked.
  const provider = isRecord(cluster) && cluster.existing !== undefined ? 'existing' : 'prometheus-adapter';
  const repository = (name: string) =>
    `${account}.dkr.ecr.${region}.amazonaws.com/${imageRepository(environment, name)}`;
  return {
    environment,
    availabilityZones: ['a', 'b', 'c'].map((zone) => `${region}${zone}`),
    retainData: true,
    terminationProtection: true,
    domain: { hostedZone: null, certificateArn: null, cdnCertificateArn: null },
    network: {
      cidr: '10.0.0.0/16',
      natGateways: 3,
      interfaceEndpoints: ['ecr.api', 'ecr.dkr', 'eks-auth', 'logs', 'monitoring', 'secretsmanager', 'sts'],
      flowLogRetentionDays: 90,
    },
    database: {
      engineVersion: '17.9',
      instanceClass: 'r8g.large',
      allocatedStorageGib: 100,
      maxAllocatedStorageGib: 1000,
      multiAz: true,
      readReplicas: 0,
      backupRetentionDays: 14,
      deletionProtection: true,
      insights: 'standard',
      monitoringIntervalSeconds: 60,
      maxConnections: 800,
      slowQueryMilliseconds: 1000,
      logRetentionDays: 30,
      requestRetentionMonths: 13,
      authentication: database.pooler === 'pgbouncer' ? 'password' : 'iam',
      pooler: 'rds-proxy',
      proxy: {
        borrowTimeoutSeconds: 2,
        idleClientTimeoutSeconds: 300,
        maxConnectionsPercent: 90,
        maxIdleConnectionsPercent: 45,
      },
      pgbouncer: { replicas: 2, maxConnectionsPercent: 90, tlsSecretName: null },
      clientPool: {
        max: 20,
        min: 5,
        idleTimeoutSeconds: 30,
        connectionTimeoutSeconds: 2,
        maxUses: 7500,
      },
      maxClientConnections: 1300,
    },
    cache: {
      engineVersion: '8.2',
      nodeType: 'cache.r7g.large',
      shards: 2,
      replicasPerShard: 1,
      multiAz: true,
      evictionPolicy: 'allkeys-lru',
      snapshotRetentionDays: 7,
      logRetentionDays: 30,
      client: {
        maxRetriesPerRequest: 3,
        retryStepMilliseconds: 50,
        retryMaxMilliseconds: 2000,
        offlineQueue: true,
      },
    },
    loadBalancer: {
      name: 'llm-cost-ops-alb',
      apiTargetGroupName: 'llm-api-servers',
      adminTargetGroupName: 'admin-servers',
      exposure: 'public',
      cloudFrontPrefixListId: null,
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09',
      idleTimeoutSeconds: 120,
      healthCheck: {
        intervalSeconds: 30,
        timeoutSeconds: 5,
        healthyThreshold: 2,
        unhealthyThreshold: 3,
        matcher: '200-299',
      },
      algorithm: 'least_outstanding_requests',
      stickinessSeconds: 3600,
      slowStartSeconds: 0,
      deregistrationDelaySeconds: 30,
      // The seed's rule 1 has the path alone, which would swallow admin.example.com/api/v1/…: it names the
      // hosts of the API too. CloudFront passes the viewer's Host on, so the app host is one of them.
      routingRules: [
        { priority: 1, paths: ['/api/v1/*'], hosts: [domain.api, domain.app], target: 'api' },
        { priority: 2, paths: [], hosts: [domain.admin], target: 'admin' },
      ],
      logRetentionDays: 90,
    },
    webAcl: { rateLimitPer5Minutes: 10_000, logRetentionDays: 30 },
    cdn: { priceClass: 'PriceClass_100', readTimeoutSeconds: 60, logRetentionDays: 90 },
    workload: {
      image: { repository: repository('api') },
      cpuRequest: '500m',
      cpuLimit: '2000m',
      memoryRequest: '512Mi',
      memoryLimit: '2Gi',
      preStopSeconds: 35,
      terminationGraceSeconds: 95,
      streamPingSeconds: 15,
      httpPool: {
        keepAlive: true,
        keepAliveMilliseconds: 1000,
        maxSockets: 50,
        maxFreeSockets: 10,
        timeoutSeconds: 60,
        scheduling: 'lifo',
      },
    },
    admin: {
      image: { repository: repository('admin') },
      replicas: 2,
      cpuRequest: '100m',
      cpuLimit: '500m',
      memoryRequest: '256Mi',
      memoryLimit: '512Mi',
      databasePoolMax: 5,
    },
    nginx: {
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
    },
    metrics: {
      provider: usesRequestMetric ? provider : 'none',
      prometheusUrl: null,
      scraperNamespace: null,
      replicas: 2,
      grafanaDashboards: false,
      grafanaNamespace: 'monitoring',
    },
    gitops: null,
    autoscaling: {
      driver: 'hpa',
      preset,
      conflictReason: null,
      hpa: {
        minReplicas: 3,
        maxReplicas: 50,
        cpuUtilizationPercent: preset === 'vpa-acts' ? null : 70,
        memoryUtilizationPercent: preset === 'vpa-acts' ? null : 80,
        requestsPerSecond: 100,
        scaleDown: {
          stabilizationWindowSeconds: 300,
          percent: 50,
          pods: 2,
          periodSeconds: 60,
          selectPolicy: 'Min',
        },
        scaleUp: {
          stabilizationWindowSeconds: 0,
          percent: 100,
          pods: 4,
          periodSeconds: 30,
          selectPolicy: 'Max',
        },
      },
      vpa: {
        updateMode: { 'vpa-acts': 'InPlaceOrRecreate', 'seed-verbatim': 'Auto' }[textOf(preset)] ?? 'Off',
        minCpu: '100m',
        minMemory: '128Mi',
        maxCpu: '2000m',
        maxMemory: '2Gi',
        controlledResources: ['cpu', 'memory'],
      },
    },
    objectives: {
      latencyP50Milliseconds: 100,
      latencyP95Milliseconds: 500,
      latencyP99Milliseconds: 1000,
      requestsPerSecond: 1000,
      concurrentUsers: 10_000,
      cpuPercent: 70,
      memoryPercent: 80,
      diskIoPercent: 60,
      uptimePercent: 99.9,
      errorRatePercent: 0.1,
      cacheHitPercent: 60,
      llmLatencyMilliseconds: 2000,
      llmTimeoutPercent: 0.5,
      capacityUsedPercent: 80,
      poolWaiting: 5,
      slowQueriesPer5Minutes: 10,
      pinnedConnectionsPercent: 10,
      freeStoragePercent: 5,
      cdnErrorPercent: 1,
      leastRequests: 100,
      leastLlmCalls: 30,
    },
    alarms: { runbookUrl: 'docs/runbook.md', pageEmails: [], ticketEmails: [] },
    budget: isRecord(input.budget) ? { forecastPercents: [100], spentPercents: [80, 100] } : null,
  };
}

/** A value that may be of any type as text; what is none is judged elsewhere. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Defaults of a cluster of ours; Auto Mode brings its own load balancer controller. */
export function managedClusterDefaults(environment: string) {
  return {
    kind: 'managed',
    name: `${PROJECT}-${environment}`,
    version: '1.36',
    loadBalancerController: 'eks-auto-mode',
    verticalPodAutoscaler: true,
    containerInsights: true,
    serviceCidr: SERVICE_CIDR,
    securityGroupId: null,
    endpoint: null,
    certificateAuthority: null,
    apiSecurityGroupId: null,
    adminRoleArns: [],
    publicAccessCidrs: [],
    logRetentionDays: 90,
  };
}

/** Defaults of an existing cluster. */
export const EXISTING_CLUSTER_DEFAULTS = {
  kind: 'existing',
  verticalPodAutoscaler: true,
  containerInsights: false,
  serviceCidr: SERVICE_CIDR,
  endpoint: null,
  certificateAuthority: null,
  adminRoleArns: [],
  publicAccessCidrs: [],
  logRetentionDays: 90,
};
