import { CfnOutput } from 'aws-cdk-lib';
import { type IConnectable, type IVpc, Port } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { apiMetricsLogGroup } from '../../service/contract';
import type { ResolvedConfig } from '../config/environment-config';
import {
  ADMIN_NAME,
  API_NAME,
  API_PORT,
  IMAGE_TAG_OUTPUT,
  imageBuild,
  imageRepository,
  NAMESPACE,
  PGBOUNCER_NAME,
  PROJECT,
  type StackId,
} from '../config/names';
import type { ValkeyCache } from '../constructs/cache/valkey-cache';
import { ContainerInsights } from '../constructs/cluster/container-insights';
import { ImageBuild } from '../constructs/cluster/image-build';
import { ImageRepository } from '../constructs/cluster/image-repository';
import type { KubernetesApi } from '../constructs/cluster/kubernetes-api';
import { PlatformCluster } from '../constructs/cluster/platform-cluster';
import { PodIdentity } from '../constructs/cluster/pod-identity';
import type { ApiDatabaseAccess } from '../constructs/database/api-database-access';
import type { FirstAdminKey } from '../constructs/database/first-admin-key';
import type { BudgetTopic } from '../constructs/gateway/budget-topic';
import { type BedrockModels, grantInvokeModels } from '../constructs/gateway/grant-invoke-models';
import type { ProviderKeys } from '../constructs/gateway/provider-keys';
import { OidcClientSecret } from '../constructs/load-balancer/oidc-client-secret';
import { grantReadMetrics } from '../constructs/observability/grant-read-metrics';
import { SERVICE_FOLDER, writeTaggedImageFiles } from '../service-image';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

export interface ClusterStackProps extends PlatformStackProps {
  /** VPC of the Network stack. */
  readonly vpc: IVpc;
  /** KMS key of data at rest, from the Network stack. */
  readonly dataKey: IKey;
  /** KMS key of log groups, from the Network stack. */
  readonly logsKey: IKey;
  /** Endpoints and rights of the database, from the Data stack. */
  readonly database: ApiDatabaseAccess;
  /** Secret with the first API key of the organisation, from the Data stack. */
  readonly firstAdminKey: FirstAdminKey;
  /** Secret with the keys of LLM providers, from the Data stack. */
  readonly providerKeys: ProviderKeys;
  /** Topic of budgets, from the Data stack. */
  readonly budgetTopic: BudgetTopic;
  /** Valkey cache of the Cache stack. */
  readonly cache: ValkeyCache;
  /** Load balancer of the Ingress stack. It may connect to the pods. */
  readonly loadBalancer: IConnectable;
}

/** The cluster that the charts run on, and what its pods may reach. */
export class ClusterStack extends PlatformStack {
  readonly clusterName: string;
  /** The cluster's API; null for an existing cluster whose API address the configuration does not have. */
  readonly kubernetesApi: KubernetesApi | null;
  /** Role of the admin servers' pods. */
  readonly adminRole: IRole;

  constructor(scope: Construct, id: StackId, props: ClusterStackProps) {
    super(scope, id, props, {
      description: 'Kubernetes, images and the rights of pods',
      stateful: true,
    });
    const { config, database, cache, loadBalancer } = props;

    const cluster = new PlatformCluster(this, 'Cluster', {
      ...config.cluster,
      clusterName: config.cluster.name,
      vpc: props.vpc,
      encryptionKey: props.dataKey,
      logsKey: props.logsKey,
      // PgBouncer's pods mount the passwords of the database's users.
      secretsStore: config.database.pooler === 'pgbouncer',
      retain: config.retainData,
    });
    this.clusterName = cluster.clusterName;
    this.kubernetesApi = cluster.kubernetesApi;
    if (config.cluster.kind === 'managed' && config.cluster.containerInsights) {
      new ContainerInsights(this, 'ContainerInsights', {
        clusterName: cluster.clusterName,
        logsKey: props.logsKey,
        logRetentionDays: config.cluster.logRetentionDays,
        embeddedMetricsLogGroup: apiMetricsLogGroup(config.environment),
        retain: config.retainData,
      });
    }
    const images = this.createImages(props);
    cluster.connections.allowFrom(loadBalancer, Port.tcp(API_PORT), 'Load balancer to pods');
    cluster.connections.allowToDefaultPort(database, 'Pods to the database');
    cluster.connections.allowToDefaultPort(cache, 'Pods to the cache');

    this.adminRole = this.createIdentities(props);

    new CfnOutput(this, 'ClusterName', { value: cluster.clusterName });
    new CfnOutput(this, 'ImageRepositoryUri', { value: images.repositoryUri });
  }

  /** Repository of the service's image, and what builds the image where nobody brings one. */
  private createImages({ config, logsKey }: ClusterStackProps): ImageRepository {
    const { environment, workload } = config;
    const repository = new ImageRepository(this, 'Images', {
      repositoryName: imageRepository(environment, 'api'),
      retain: config.retainData,
    });
    if (workload.image.source === 'built') {
      new ImageBuild(this, 'ImageBuild', {
        ...workload.image,
        name: imageBuild(environment),
        repository,
        sources: SERVICE_FOLDER,
        writeFiles: (folder) => writeTaggedImageFiles(folder, workload.image),
        logGroupPrefix: `/${PROJECT}/${environment}/image-build`,
        logRetentionDays: config.cluster.logRetentionDays,
        logsKey,
        retain: config.retainData,
      });
      new CfnOutput(this, IMAGE_TAG_OUTPUT, { value: workload.image.tag });
    }
    return repository;
  }

  /** Roles of the pods. @returns that of the admin servers */
  private createIdentities(props: ClusterStackProps): IRole {
    const { cache, config, database, firstAdminKey } = props;
    const identityOf = (id: string, serviceAccount: string) =>
      new PodIdentity(this, id, { clusterName: this.clusterName, namespace: NAMESPACE, serviceAccount });
    const api = identityOf('ApiIdentity', API_NAME);
    database.grantApi(api);
    cache.grantConnect(api);
    props.providerKeys.grantRead(api);
    const { oidc } = config.authentication;
    if (oidc !== null) new OidcClientSecret(this, 'OidcClientSecret', oidc).grantRead(api);
    props.budgetTopic.grantPublish(api);
    grantInvokeModels(api.role, bedrockModels(config));
    const admin = identityOf('AdminIdentity', ADMIN_NAME);
    database.grantAdmin(admin);
    cache.grantConnect(admin);
    firstAdminKey.grantRead(admin);
    grantReadMetrics(admin.role);
    if (config.database.pooler === 'pgbouncer') {
      database.grantPooler(identityOf('PgBouncerIdentity', PGBOUNCER_NAME));
    }
    return admin.role;
  }
}

/** Models that the gateway may call on Bedrock, by region. */
function bedrockModels({ gateway: { models, providers } }: ResolvedConfig): BedrockModels[] {
  return providers.flatMap(({ name, region }) => {
    if (region === null) return [];
    const names = models.flatMap(({ match, provider, model, fallbacks }) => [
      ...(provider === name ? [model ?? match] : []),
      ...fallbacks.filter((fallback) => fallback.provider === name).map((fallback) => fallback.model),
    ]);
    return names.length === 0 ? [] : [{ region, names }];
  });
}
