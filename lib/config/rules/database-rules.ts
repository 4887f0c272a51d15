import { clientConnections, pgBouncerLimits, replicaConnections } from '../connection-budget';
import { instanceMemoryGib } from '../instance-memory';
import { storageNeeds } from '../storage-budget';
import { type Rule, when } from './rule';

/** Connections of `max_connections` that RDS reserves for itself and for superusers. */
const RESERVED_CONNECTIONS = 5;

/** Days of the shortest month. */
const SHORTEST_MONTH_DAYS = 28;

/** Fewest server connections of a PgBouncer: enough for a pool and a reserve. */
const LEAST_SERVER_CONNECTIONS = 4;

/** Storage, log-in, pooler, and the connection budget of the database. */
export const databaseRules: readonly Rule[] = [
  {
    reads: ['database.allocatedStorageGib', 'database.maxAllocatedStorageGib'],
    check: ({ database: { allocatedStorageGib: now, maxAllocatedStorageGib: most } }) =>
      // RDS refuses a ceiling that is not at least 10 % above the allocation.
      when(
        most < now * 1.1,
        'database.maxAllocatedStorageGib',
        `must be at least 110 % of allocatedStorageGib (${Math.ceil(now * 1.1)}), got ${most}`,
      ),
  },
  {
    reads: ['database.pooler', 'database.authentication'],
    check: ({ database: { pooler, authentication } }) =>
      when(
        pooler === 'pgbouncer' && authentication === 'iam',
        'database.authentication',
        "must be 'password' with pooler 'pgbouncer' (PgBouncer cannot make IAM tokens), got 'iam'",
      ),
  },
  {
    reads: ['database.pooler', 'database.authentication'],
    check: ({ database: { pooler, authentication } }) =>
      // RDS Proxy counts as deployed when it can log in with the user's secret, and the first migration creates that user.
      when(
        pooler === 'rds-proxy' && authentication === 'password',
        'database.authentication',
        "must be 'iam' with pooler 'rds-proxy' (with a password, the first deployment of the proxy would wait for a user that the migrations create later), got 'password'",
      ),
  },
  {
    reads: ['database.clientPool'],
    check: ({
      database: {
        clientPool: { min, max },
      },
    }) => when(min > max, 'database.clientPool.min', `must be at most clientPool.max (${max}), got ${min}`),
  },
  {
    reads: ['database.pooler', 'database.proxy', 'database.clientPool'],
    check: ifPooler('rds-proxy', ({ database: { proxy, clientPool } }) => [
      ...when(
        proxy.idleClientTimeoutSeconds <= clientPool.idleTimeoutSeconds,
        'database.proxy.idleClientTimeoutSeconds',
        `must be above clientPool.idleTimeoutSeconds (${clientPool.idleTimeoutSeconds}), so that the client closes first, got ${proxy.idleClientTimeoutSeconds}`,
      ),
      ...when(
        proxy.borrowTimeoutSeconds > clientPool.connectionTimeoutSeconds,
        'database.proxy.borrowTimeoutSeconds',
        `must be at most clientPool.connectionTimeoutSeconds (${clientPool.connectionTimeoutSeconds}), after which the client gives up, got ${proxy.borrowTimeoutSeconds}`,
      ),
      ...when(
        proxy.maxIdleConnectionsPercent > proxy.maxConnectionsPercent,
        'database.proxy.maxIdleConnectionsPercent',
        `must be at most maxConnectionsPercent (${proxy.maxConnectionsPercent}), got ${proxy.maxIdleConnectionsPercent}`,
      ),
    ]),
  },
  {
    reads: ['database.instanceClass', 'database.maxConnections'],
    check: ({ database: { instanceClass, maxConnections } }) => {
      const most = defaultMaxConnections(instanceClass);
      return when(
        maxConnections > most,
        'database.maxConnections',
        `must be at most ${most}, RDS's default for the memory of ${instanceClass}, got ${maxConnections}`,
      );
    },
  },
  {
    reads: ['database.pooler', 'database.maxConnections', 'database.proxy.maxConnectionsPercent'],
    check: ifPooler('rds-proxy', ({ database: { maxConnections, proxy } }) => {
      const most = spareConnectionsPercent(maxConnections);
      return when(
        proxy.maxConnectionsPercent > most,
        'database.proxy.maxConnectionsPercent',
        `must be at most ${most}, so that ${RESERVED_CONNECTIONS} of ${maxConnections} connections stay reserved, got ${proxy.maxConnectionsPercent}`,
      );
    }),
  },
  {
    reads: [
      'autoscaling.hpa.maxReplicas',
      'admin.replicas',
      'admin.databasePoolMax',
      'admin.databaseWritePoolMax',
      'database.clientPool.max',
      'database.clientPool.writeMax',
      'database.maxClientConnections',
    ],
    check: (config) => {
      const { maxClientConnections } = config.database;
      const { total, sum } = clientConnections(config);
      return when(
        total > maxClientConnections,
        'database.maxClientConnections',
        `must be at least ${total}, the pools for reads and writes of all API and admin replicas during a roll-out (${sum}; autoscaling.hpa.maxReplicas, clientPool.max and writeMax, admin), got ${maxClientConnections}`,
      );
    },
  },
  {
    reads: [
      'autoscaling.hpa.maxReplicas',
      'admin.replicas',
      'database.maxConnections',
      'database.readReplicas',
    ],
    check: (config) => {
      const { maxConnections, readReplicas } = config.database;
      const { total, sum } = replicaConnections(config);
      const least = total + RESERVED_CONNECTIONS;
      return when(
        readReplicas > 0 && maxConnections < least,
        'database.maxConnections',
        `must be at least ${least} with read replicas, which have no pooler: the report pools of all API and admin replicas during a roll-out (${sum}; autoscaling.hpa.maxReplicas, admin.replicas) and ${RESERVED_CONNECTIONS} reserved, got ${maxConnections}`,
      );
    },
  },
  {
    reads: [
      'database.maxAllocatedStorageGib',
      'database.storedRequests',
      'database.requestRetentionMonths',
      'database.promptRetentionDays',
      'objectives.requestsPerSecond',
    ],
    check: (config) => {
      const { maxAllocatedStorageGib } = config.database;
      const { leastGib, rowsGib, promptsGib, peakDayGib } = storageNeeds(config);
      return when(
        leastGib > maxAllocatedStorageGib,
        'database.maxAllocatedStorageGib',
        `must be at least ${leastGib} for storedRequests.perDay: ${rowsGib} of rows over requestRetentionMonths and ${promptsGib} of prompts over promptRetentionDays, with a fifth free (a day at objectives.requestsPerSecond would add ${peakDayGib}), got ${maxAllocatedStorageGib}; or keep fewer months, prompts for fewer days, or shorter prompts`,
      );
    },
  },
  {
    reads: ['database.promptRetentionDays', 'database.requestRetentionMonths'],
    check: ({ database: { promptRetentionDays, requestRetentionMonths } }) => {
      // A month that was detached keeps what is in it, so its prompts must be gone before.
      const most = requestRetentionMonths * SHORTEST_MONTH_DAYS;
      return when(
        promptRetentionDays > most,
        'database.promptRetentionDays',
        `must be at most ${most}, ${SHORTEST_MONTH_DAYS} days for each of requestRetentionMonths (${requestRetentionMonths}), so that prompts are deleted before their month leaves the table, got ${promptRetentionDays}`,
      );
    },
  },
  {
    reads: ['database.pooler', 'database.maxConnections', 'database.pgbouncer'],
    check: ifPooler('pgbouncer', ({ database }) => {
      const { maxConnections, pgbouncer } = database;
      const most = spareConnectionsPercent(maxConnections);
      const { maxServerConnections } = pgBouncerLimits({ database });
      return [
        ...when(
          pgbouncer.maxConnectionsPercent > most,
          'database.pgbouncer.maxConnectionsPercent',
          `must be at most ${most}, so that ${RESERVED_CONNECTIONS} of ${maxConnections} connections stay reserved, got ${pgbouncer.maxConnectionsPercent}`,
        ),
        ...when(
          maxServerConnections < LEAST_SERVER_CONNECTIONS,
          'database.pgbouncer.replicas',
          `must leave each PgBouncer at least ${LEAST_SERVER_CONNECTIONS} of the ${maxConnections} connections of database.maxConnections, got ${pgbouncer.replicas} replicas with ${maxServerConnections} each`,
        ),
      ];
    }),
  },
];

/** A check that applies only if `pooler` is the environment's pooler. */
function ifPooler(pooler: 'rds-proxy' | 'pgbouncer', check: Rule['check']): Rule['check'] {
  return (config) => (config.database.pooler === pooler ? check(config) : []);
}

/** Largest share of `max_connections` that a pooler may take, percent. */
function spareConnectionsPercent(maxConnections: number): number {
  return Math.floor(((maxConnections - RESERVED_CONNECTIONS) / maxConnections) * 100);
}

/** RDS's default for PostgreSQL: LEAST(memory / 9531392 bytes, 5000). */
function defaultMaxConnections(instanceClass: string): number {
  return Math.min(5000, Math.floor((instanceMemoryGib(instanceClass) * 1024 ** 3) / 9_531_392));
}
