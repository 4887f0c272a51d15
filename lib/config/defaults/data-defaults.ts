import type { ConfigInput } from '../input';

/** The authentication follows from the pooler: PgBouncer accepts passwords, RDS Proxy accepts IAM tokens. */
export function databaseDefaults(database: ConfigInput) {
  return {
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
    promptRetentionDays: 30,
    summaryRefreshHours: 1,
    storedRequests: { perDay: 1_000_000, promptBytes: 4096 },
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
      writeMax: 4,
      min: 5,
      idleTimeoutSeconds: 30,
      connectionTimeoutSeconds: 2,
      maxUses: 7500,
    },
    maxClientConnections: 1600,
  };
}

export const CACHE_DEFAULTS = {
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
};
