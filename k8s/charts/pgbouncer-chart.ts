import { Chart } from 'cdk8s';
import { ConfigMap } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { pgBouncerLimits } from '../../lib/config/connection-budget';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { DATABASE_PORT, PGBOUNCER_NAME } from '../../lib/config/names';
import { PGBOUNCER_PORT, selectorOf } from '../components';
import { ClusterService } from '../constructs/cluster-service';
import { PodDisruptionBudget } from '../constructs/pod-disruption-budget';
import { SecretProviderClass } from '../constructs/secret-provider-class';
import { ServerDeployment } from '../constructs/server-deployment';
import { PlainServiceAccount } from '../constructs/service-account';
import { contentHash } from '../content-hash';
import { chartProps, commonLabels } from '../labels';
import { pgBouncerIni } from '../server-config/pgbouncer-ini';
import { DRAIN_SCRIPT, READINESS_SCRIPT, USERLIST_SCRIPT } from '../server-config/pgbouncer-scripts';
import { rdsCertificates } from '../server-config/rds-certificates';
import type { StackOutputs } from '../stack-outputs';
import {
  PGBOUNCER_FILES,
  PGBOUNCER_FOLDERS,
  PGBOUNCER_TLS,
  pgBouncerPod,
  terminationGraceSecondsOf,
} from './pgbouncer-pod';

export interface PgBouncerChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
  /**
   * Values of the deployed stacks. @default - none: the resources that need them are left out, and the pods wait for
   * those
   */
  readonly outputs?: StackOutputs;
}

/** PgBouncer between the API and the database, with the Service that is the API's `DATABASE_HOST`. */
export class PgBouncerChart extends Chart {
  constructor(scope: Construct, id: string, { config, outputs }: PgBouncerChartProps) {
    super(scope, id, chartProps(config.environment, PGBOUNCER_NAME));
    const selector = selectorOf(PGBOUNCER_NAME);
    new PlainServiceAccount(this, 'ServiceAccount', { name: PGBOUNCER_NAME });
    const data = outputs && this.addDeployed(config, outputs);
    new ServerDeployment(this, 'Server', {
      name: PGBOUNCER_NAME,
      selector,
      podLabels: commonLabels(config.environment),
      podAnnotations: data && { 'checksum/config': contentHash(data) },
      replicas: config.database.pgbouncer.replicas,
      pod: pgBouncerPod(config),
      // The previous pod has terminated before the next one drains: connections are budgeted for one that drains.
      minReadySeconds: terminationGraceSecondsOf(config.database),
    });
    new ClusterService(this, 'Service', {
      name: PGBOUNCER_NAME,
      selector,
      ports: [{ name: 'postgres', port: DATABASE_PORT, targetPort: PGBOUNCER_PORT }],
    });
    new PodDisruptionBudget(this, 'PodDisruptionBudget', { name: PGBOUNCER_NAME, selector });
  }

  /** Adds the resources with values of the deployed stacks; returns the values whose change must roll the pods. */
  private addDeployed(config: ResolvedConfig, outputs: StackOutputs): Record<string, string> {
    const secretArns = secretArnsOf(outputs);
    const data = configFiles(config, outputs.databaseEndpoint);
    new ConfigMap(this, 'Config', { metadata: { name: PGBOUNCER_NAME }, data });
    new SecretProviderClass(this, 'Secret', {
      name: PGBOUNCER_NAME,
      region: config.region,
      secretArns,
      fields: ['username', 'password'],
    });
    return { ...data, ...secretArns };
  }
}

/** Secrets of the users that log in, by the start of their mounted files' names. */
function secretArnsOf(outputs: StackOutputs): Record<string, string> {
  const {
    databaseUserSecretArn: api,
    databaseWriterSecretArn: writer,
    databaseAdminSecretArn: admin,
  } = outputs;
  if (api === null || writer === null || admin === null) {
    throw new Error("PgBouncer needs database.authentication 'password', got 'iam'");
  }
  return { api, writer, admin };
}

function configFiles({ region, database }: ResolvedConfig, serverHost: string): Record<string, string> {
  const { config, credentials, socket } = PGBOUNCER_FOLDERS;
  return {
    [PGBOUNCER_FILES.ini]: pgBouncerIni({
      serverHost,
      limits: pgBouncerLimits({ database }),
      // The clients' connection pools give up after the same time.
      queryWaitSeconds: database.clientPool.connectionTimeoutSeconds,
      userlistFile: `${credentials}/${PGBOUNCER_FILES.userlist}`,
      serverCaFile: `${config}/${PGBOUNCER_FILES.serverCa}`,
      socketFolder: socket,
      clientTls: database.pgbouncer.tlsSecretName === null ? undefined : PGBOUNCER_TLS,
    }),
    [PGBOUNCER_FILES.serverCa]: rdsCertificates(region),
    [PGBOUNCER_FILES.userlistScript]: USERLIST_SCRIPT,
    [PGBOUNCER_FILES.readinessScript]: READINESS_SCRIPT,
    [PGBOUNCER_FILES.drainScript]: DRAIN_SCRIPT,
  };
}
