import type { EnvironmentConfig } from './environment-config';

/**
 * The environments: the one place to change an account, a region, a host name, a certificate, an image or a
 * size. A knob that is absent here takes the default of environment-config.ts, which is the production value.
 */
export const environments: Readonly<Record<string, EnvironmentConfig>> = {
  /**
   * A first deployment with nothing but an AWS account: no account id to enter, no domain, no certificate. The only host
   * is CloudFront's own name. Small enough for less than 10 USD a day (docs/configuration.md).
   */
  sandbox: {
    region: 'us-east-1',
    stage: 'development',
    costCentre: 'llm-platform-sandbox',
    retainData: false,
    terminationProtection: false,
    // The gateway calls providers on the internet, so the private subnets need a way out: one NAT gateway. Interface
    // endpoints would cost more than it (about 22 USD a month each in three zones) and not lead to the providers.
    network: { cidr: '10.3.0.0/16', natGateways: 1, interfaceEndpoints: [], flowLogRetentionDays: 1 },
    database: {
      instanceClass: 't4g.micro',
      allocatedStorageGib: 20,
      maxAllocatedStorageGib: 30,
      multiAz: false,
      backupRetentionDays: 1,
      deletionProtection: false,
      logRetentionDays: 7,
      maxConnections: 100,
      maxClientConnections: 100,
      storedRequests: { perDay: 5_000 },
    },
    cache: {
      nodeType: 'cache.t4g.micro',
      shards: 1,
      replicasPerShard: 0,
      multiAz: false,
      snapshotRetentionDays: 0,
      logRetentionDays: 7,
    },
    loadBalancer: {
      name: 'llm-cost-ops-sandbox',
      apiTargetGroupName: 'sandbox-llm-api-servers',
      adminTargetGroupName: 'sandbox-admin-servers',
      gatewayTargetGroupName: 'sandbox-llm-gateway',
      exposure: 'cloudfront-only',
      // CloudFront's list in us-east-1, the same in every account.
      cloudFrontPrefixListId: 'pl-3b927c52',
      logRetentionDays: 7,
    },
    webAcl: { rateLimitPer5Minutes: 2_000, logRetentionDays: 7 },
    cdn: { logRetentionDays: 7 },
    cluster: {
      createAdminRole: true,
      // The Kubernetes API asks everybody for an IAM log-in. Enter your own address as soon as you know it.
      publicAccessCidrs: ['0.0.0.0/0'],
      logRetentionDays: 7,
      containerInsights: false,
      // Its recommendations need days of traffic; its pods would cost as much from the first hour.
      verticalPodAutoscaler: false,
    },
    workload: {
      image: { source: 'built' },
      cpuRequest: '250m',
      cpuLimit: '1000m',
      memoryRequest: '384Mi',
      memoryLimit: '1Gi',
    },
    admin: { replicas: 1 },
    metrics: { replicas: 1 },
    autoscaling: { hpa: { minReplicas: 1, maxReplicas: 2 } },
    predictiveScaling: null,
    objectives: { requestsPerSecond: 2, concurrentUsers: 20 },
    observability: 'budget-only',
    budget: { monthlyUsd: 300 },
  },

  /** One instance of everything, no data kept: cheap to run, quick to delete. */
  dev: {
    account: '111111111111',
    region: 'us-east-1',
    stage: 'development',
    costCentre: 'llm-platform-dev',
    retainData: false,
    terminationProtection: false,
    domain: {
      api: 'api.dev.example.com',
      admin: 'admin.dev.example.com',
      app: 'app.dev.example.com',
      hostedZone: { id: 'Z0DEV00000000EXAMPLE', name: 'dev.example.com' },
    },
    // AWS services are reached through one NAT gateway rather than interface endpoints: it costs less, but its zone is
    // a single point of failure.
    network: { cidr: '10.2.0.0/16', natGateways: 1, interfaceEndpoints: [], flowLogRetentionDays: 7 },
    database: {
      instanceClass: 't4g.medium',
      allocatedStorageGib: 20,
      maxAllocatedStorageGib: 50,
      multiAz: false,
      backupRetentionDays: 1,
      deletionProtection: false,
      maxConnections: 200,
      maxClientConnections: 200,
      storedRequests: { perDay: 20_000 },
    },
    cache: {
      nodeType: 'cache.t4g.micro',
      shards: 1,
      replicasPerShard: 0,
      multiAz: false,
      snapshotRetentionDays: 0,
      logRetentionDays: 7,
    },
    loadBalancer: { logRetentionDays: 7 },
    webAcl: { rateLimitPer5Minutes: 2_000, logRetentionDays: 7 },
    cdn: { logRetentionDays: 7 },
    cluster: {
      adminRoleArns: ['arn:aws:iam::111111111111:role/platform-admin'],
      publicAccessCidrs: ['203.0.113.0/24'],
      logRetentionDays: 7,
      // `kubectl top` is enough for a few pods; Container Insights would cost more than the pods.
      containerInsights: false,
    },
    workload: {
      image: { source: 'built' },
      cpuRequest: '250m',
      cpuLimit: '1000m',
      memoryRequest: '384Mi',
      memoryLimit: '1Gi',
    },
    admin: { replicas: 1 },
    metrics: { replicas: 1 },
    autoscaling: { hpa: { minReplicas: 1, maxReplicas: 5 } },
    objectives: { requestsPerSecond: 100, concurrentUsers: 100 },
    budget: { monthlyUsd: 600 },
  },

  /** The same architecture as production, smaller: problems should appear here first. */
  staging: {
    account: '222222222222',
    region: 'us-east-1',
    stage: 'staging',
    costCentre: 'llm-platform-staging',
    domain: {
      api: 'api.staging.example.com',
      admin: 'admin.staging.example.com',
      app: 'app.staging.example.com',
      hostedZone: { id: 'Z0STAGING0000EXAMPLE', name: 'staging.example.com' },
    },
    network: { cidr: '10.1.0.0/16', natGateways: 1, flowLogRetentionDays: 30 },
    database: {
      instanceClass: 'm8g.large',
      allocatedStorageGib: 50,
      maxAllocatedStorageGib: 200,
      backupRetentionDays: 7,
      maxConnections: 400,
      maxClientConnections: 650,
      storedRequests: { perDay: 200_000 },
    },
    cache: { nodeType: 'cache.t4g.medium', shards: 1, snapshotRetentionDays: 1 },
    loadBalancer: { logRetentionDays: 30 },
    cdn: { logRetentionDays: 30 },
    cluster: {
      adminRoleArns: ['arn:aws:iam::222222222222:role/platform-admin'],
      logRetentionDays: 30,
    },
    workload: { image: { tag: '1.0.0' } },
    autoscaling: { hpa: { minReplicas: 2, maxReplicas: 20 } },
    budget: { monthlyUsd: 2500 },
  },

  /** The seed's numbers, highly available, protected. */
  prod: {
    account: '333333333333',
    region: 'us-east-1',
    stage: 'production',
    costCentre: 'llm-platform',
    domain: {
      api: 'api.example.com',
      admin: 'admin.example.com',
      app: 'app.example.com',
      hostedZone: { id: 'Z0PROD0000000EXAMPLE', name: 'example.com' },
      certificateArn: 'arn:aws:acm:us-east-1:333333333333:certificate/11111111-2222-3333-4444-555555555555',
      cdnCertificateArn:
        'arn:aws:acm:us-east-1:333333333333:certificate/66666666-7777-8888-9999-000000000000',
    },
    database: { backupRetentionDays: 35, insights: 'advanced', monitoringIntervalSeconds: 15 },
    cdn: { priceClass: 'PriceClass_All' },
    cluster: { adminRoleArns: ['arn:aws:iam::333333333333:role/platform-admin'] },
    workload: { image: { tag: '1.0.0' } },
    budget: { monthlyUsd: 4000 },
    gitops: {
      repositoryUrl: 'https://git.example.com/platform/llm-cost-ops-manifests.git',
      revision: 'main',
      path: 'prod/kubernetes',
    },
  },
};
