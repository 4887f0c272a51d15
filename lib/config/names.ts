/**
 * Fixed names: the contract between the stacks, the manifests and the people who operate them. Kubernetes and AWS
 * resources refer to each other by these names, so manifests need no deployed ids. A change replaces resources.
 */

export { ANNOTATIONS, FIELD_MANAGER, SCALER_GROUP } from '../../lambda/predictive-scaler/constants';
export {
  API_PORT,
  HEALTH_PATH,
  METRICS_PATH,
  METRICS_PORT,
  READY_PATH,
  REQUEST_COUNTER,
} from '../../service/contract';

import { PROMETHEUS_METRICS } from '../../service/contract';

/** Project name: tag value, prefix of stack names and of log groups. */
export const PROJECT = 'llm-cost-ops';

/** Account id in what is rendered without credentials, where the configuration names no account. */
export const UNKNOWN_ACCOUNT = '000000000000';

/** Kubernetes namespace of everything that the charts emit. */
export const NAMESPACE = PROJECT;

/** Deployment, Service, ServiceAccount and PodDisruptionBudget of the API. */
export const API_NAME = 'llm-cost-ops-api';

/** TargetGroupBinding of the gateway's routes; their Service and pods are the API's. */
export const GATEWAY_NAME = 'llm-cost-ops-gateway';

/** Deployment, Service, ServiceAccount and PodDisruptionBudget of the admin servers. */
export const ADMIN_NAME = 'llm-cost-ops-admin';

/** Deployment and Service of PgBouncer; the API's DATABASE_HOST where PgBouncer is the pooler. */
export const PGBOUNCER_NAME = 'llm-cost-ops-pgbouncer';

/** Container that the VPA's policy and the HPA's metrics refer to. */
export const API_CONTAINER = 'api';

/** HorizontalPodAutoscaler of the API, or the one that KEDA creates for its ScaledObject. */
export const HPA_NAME = 'llm-cost-ops-hpa';

/** VerticalPodAutoscaler of the API. */
export const VPA_NAME = 'llm-cost-ops-vpa';

/** Metric of the HPA's third target, served by the custom metrics API. */
export const REQUESTS_PER_SECOND_METRIC = 'requests_per_second';

/** Metric of the HPA's target for the gateway, served by the custom metrics API. */
export const GATEWAY_CALLS_METRIC = PROMETHEUS_METRICS.gatewayCallsInFlight;

/** PostgreSQL database, and the port of server and pooler. */
export const DATABASE_NAME = 'llm_cost_ops';
export const DATABASE_PORT = 5432;

/**
 * PostgreSQL users of the pods. Poolers pool by user: with a user of their own, writes take no connections from reads.
 */
export const API_DATABASE_USER = 'llm_cost_ops_api';
export const WRITER_DATABASE_USER = 'llm_cost_ops_writer';
export const ADMIN_DATABASE_USER = 'llm_cost_ops_admin';

/** ElastiCache RBAC user of the API, unique in account and region; with IAM log-in its id and name are equal. */
export function apiCacheUser(environment: string): string {
  return `${PROJECT}-${environment}-api`;
}

/** Port of Valkey's nodes and of its configuration endpoint. */
export const CACHE_PORT = 6379;

/** Id of the cache's replication group; IAM log-in tokens are signed for it. */
export function cacheName(environment: string): string {
  return `${PROJECT}-${environment}`;
}

/** ECR repository of an image, unique in account and region. */
export function imageRepository(environment: string, image: string): string {
  return `${PROJECT}-${environment}-${image}`;
}

/** Tag of a built image in a configuration, before a command that renders has built its content. */
export const PENDING_IMAGE_TAG = 'pending';

/** Output of the Cluster stack with the tag of the image that it has built. */
export const IMAGE_TAG_OUTPUT = 'ImageTag';

/** CodeBuild project and function that build the service's image, unique in account and region. */
export function imageBuild(environment: string): string {
  return `${PROJECT}-${environment}-image-build`;
}

/** Start of the names of the scaler's functions, schedules and alarms, unique in account and region. */
export function scalerName(environment: string): string {
  return `${PROJECT}-${environment}-scaler`;
}

/** IAM role that the Cluster stack creates for the administrators of a cluster. */
export function clusterAdminRole(clusterName: string): string {
  return `${clusterName}-admin`;
}

/** Construct ids of the stacks, in deploy order; `cdk deploy -c env=dev Network` takes them. */
export const STACK_IDS = [
  'Edge',
  'Network',
  'Data',
  'Cache',
  'Ingress',
  'Cdn',
  'Cluster',
  'PredictiveScaling',
  'Observability',
] as const;
export type StackId = (typeof STACK_IDS)[number];

/** CloudFormation stack name, e.g. `llm-cost-ops-prod-predictive-scaling`. */
export function stackName(environment: string, stack: StackId): string {
  const words = stack.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
  return `${PROJECT}-${environment}-${words}`;
}

/**
 * Stack outputs that the charts read from `cdk deploy --outputs-file`, by stack.
 * `CfnOutput` ids in lib/stacks must be these.
 */
export const OUTPUTS = {
  databaseEndpoint: { stack: 'Data', key: 'DatabaseEndpoint' },
  databaseUserSecretArn: { stack: 'Data', key: 'DatabaseUserSecretArn' },
  databaseWriterSecretArn: { stack: 'Data', key: 'DatabaseWriterSecretArn' },
  databaseAdminSecretArn: { stack: 'Data', key: 'DatabaseAdminSecretArn' },
  firstAdminKeySecretArn: { stack: 'Data', key: 'FirstAdminKeySecretArn' },
  databaseReaderEndpoint: { stack: 'Data', key: 'DatabaseReaderEndpoint' },
  cacheEndpoint: { stack: 'Cache', key: 'CacheEndpoint' },
  apiTargetGroupArn: { stack: 'Ingress', key: 'ApiTargetGroupArn' },
  adminTargetGroupArn: { stack: 'Ingress', key: 'AdminTargetGroupArn' },
  gatewayTargetGroupArn: { stack: 'Ingress', key: 'GatewayTargetGroupArn' },
  loadBalancerArn: { stack: 'Ingress', key: 'LoadBalancerArn' },
  gatewaySecretArn: { stack: 'Data', key: 'GatewaySecretArn' },
  budgetTopicArn: { stack: 'Data', key: 'BudgetTopicArn' },
} as const satisfies Record<string, { stack: StackId; key: string }>;
export type OutputName = keyof typeof OUTPUTS;
