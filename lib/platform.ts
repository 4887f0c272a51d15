import type { App } from 'aws-cdk-lib';
import type { ResolvedConfig } from './config/environment-config';
import type { StackId } from './config/names';
import { CacheStack } from './stacks/cache-stack';
import { CdnStack } from './stacks/cdn-stack';
import { ClusterStack } from './stacks/cluster-stack';
import { DataStack } from './stacks/data-stack';
import { EdgeStack } from './stacks/edge-stack';
import { IngressStack } from './stacks/ingress-stack';
import { NetworkStack } from './stacks/network-stack';
import { ObservabilityStack } from './stacks/observability-stack';
import type { PlatformStack } from './stacks/platform-stack';
import { PredictiveScalingStack } from './stacks/predictive-scaling-stack';

/** Creates all stacks of one environment, in deploy order; a stack uses constructs of the stacks before it. */
export function createPlatform(app: App, config: ResolvedConfig): Record<StackId, PlatformStack> {
  const Edge = new EdgeStack(app, 'Edge', { config });
  const Network = new NetworkStack(app, 'Network', { config });
  const { vpc, dataKey, logsKey } = Network;
  const Data = new DataStack(app, 'Data', { config, vpc, dataKey, logsKey });
  const Cache = new CacheStack(app, 'Cache', { config, vpc, dataKey, logsKey });
  const Ingress = new IngressStack(app, 'Ingress', { config, vpc });
  const { certificate, webAclArn } = Edge;
  const { loadBalancer, originSecret } = Ingress;
  const Cdn = new CdnStack(app, 'Cdn', { config, certificate, webAclArn, loadBalancer, originSecret });
  const { access: database, budgetTopic, firstAdminKey, providerKeys, upkeep } = Data;
  const { cache } = Cache;
  const Cluster = new ClusterStack(app, 'Cluster', {
    config,
    vpc,
    dataKey,
    logsKey,
    database,
    firstAdminKey,
    providerKeys,
    budgetTopic,
    cache,
    loadBalancer,
  });
  const { adminRole, clusterName, kubernetesApi } = Cluster;
  const PredictiveScaling = new PredictiveScalingStack(app, 'PredictiveScaling', {
    config,
    vpc,
    dataKey,
    logsKey,
    loadBalancer,
    kubernetesApi,
    adminRole,
  });
  const Observability = new ObservabilityStack(app, 'Observability', {
    config,
    loadBalancer,
    database: Data.database,
    access: database,
    upkeep,
    cache,
    cdn: Cdn.cdn,
    clusterName,
    scaling: PredictiveScaling.scaling,
  });
  return { Edge, Network, Data, Cache, Ingress, Cdn, Cluster, PredictiveScaling, Observability };
}
