import { DescribeClusterCommand, EKSClient, ListAddonsCommand } from '@aws-sdk/client-eks';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import type { AccountCheck } from '../context';
import { type Answer, isAbsent, later, ok, problem, unknown } from '../finding';

/** An existing cluster as EKS describes it. */
export interface ClusterFacts {
  readonly version: string;
  readonly authenticationMode: string;
  readonly hasPrivateEndpoint: boolean;
  /** Whether Auto Mode runs it, with networking, load balancing and the Pod Identity agent. */
  readonly isAutoMode: boolean;
  /** Names of EKS's add-ons in it. */
  readonly addOns: readonly string[];
}

/** Software that the manifests need in the cluster. The Cluster stack installs what AWS has as an add-on. */
export const addOns: AccountCheck = {
  name: 'add-ons',
  run: async ({ aws, config }) => {
    const { cluster, region } = config;
    if (cluster.kind === 'managed') return installedByHand(config);
    const { name } = cluster;
    const call = { action: 'eks:DescribeCluster', region, target: name };
    try {
      const { cluster: found } = await aws.call(EKSClient, call, (client, abortSignal) =>
        client.send(new DescribeClusterCommand({ name }), { abortSignal }),
      );
      const { addons = [] } = await aws.call(
        EKSClient,
        { ...call, action: 'eks:ListAddons' },
        (client, abortSignal) =>
          client.send(new ListAddonsCommand({ clusterName: name, maxResults: 100 }), { abortSignal }),
      );
      const facts = {
        version: found?.version ?? '',
        authenticationMode: found?.accessConfig?.authenticationMode ?? '',
        hasPrivateEndpoint: found?.resourcesVpcConfig?.endpointPrivateAccess === true,
        isAutoMode: found?.computeConfig?.enabled === true,
        addOns: addons,
      };
      return [...existingClusterAnswers(config, facts), ...installedByHand(config)];
    } catch (error) {
      if (!isAbsent(error)) throw error;
      return [
        problem(
          `the cluster ${name} does not exist in ${region}`,
          'set cluster.existing.name, or leave cluster.existing out',
        ),
      ];
    }
  },
};

/** What neither AWS has as an add-on nor the manifests contain. */
export function installedByHand({ autoscaling, cluster, gitops }: ResolvedConfig): Answer[] {
  const wanted = [
    ...(cluster.verticalPodAutoscaler
      ? [['the Vertical Pod Autoscaler', 'cluster.verticalPodAutoscaler: false'] as const]
      : []),
    ...(autoscaling.driver === 'keda' ? [['KEDA', "autoscaling.driver: 'hpa'"] as const] : []),
    ...(gitops === null ? [] : [['Argo CD', 'gitops: null'] as const]),
  ];
  if (wanted.length === 0) return [ok('nothing has to be installed in the cluster by hand')];
  return wanted.map(([what, without]) =>
    later(
      `the manifests need ${what}, which AWS has no add-on for`,
      `install it before the manifests (docs/cluster-requirements.md), or set ${without}`,
    ),
  );
}

export function existingClusterAnswers(config: ResolvedConfig, facts: ClusterFacts): Answer[] {
  const { cluster, predictiveScaling } = config;
  const answers: Answer[] = [];
  if (facts.version !== cluster.version) {
    answers.push(
      problem(
        `cluster ${cluster.name} runs Kubernetes ${facts.version}, and cluster.existing.version is ${cluster.version}`,
        'make them agree',
      ),
    );
  }
  if (predictiveScaling !== null && !facts.authenticationMode.startsWith('API')) {
    answers.push(
      problem(
        `cluster ${cluster.name} accepts no access entries (${facts.authenticationMode}), which predictive scaling logs in with`,
        `aws eks update-cluster-config --name ${cluster.name} --access-config authenticationMode=API_AND_CONFIG_MAP`,
      ),
    );
  }
  if (predictiveScaling !== null && !facts.hasPrivateEndpoint) {
    answers.push(
      problem(
        `the Kubernetes API of ${cluster.name} has no private endpoint, which predictive scaling connects to`,
        `aws eks update-cluster-config --name ${cluster.name} --resources-vpc-config endpointPrivateAccess=true`,
      ),
    );
  }
  const missing = neededAddOns(config, facts).filter((name) => !facts.addOns.includes(name));
  answers.push(
    ...missing.map((name) =>
      unknown(
        `${name} is no EKS add-on of ${cluster.name}; whether it is installed in another way is not known`,
        `aws eks create-addon --cluster-name ${cluster.name} --addon-name ${name}`,
      ),
    ),
  );
  return answers.length > 0 ? answers : [ok(`cluster ${cluster.name} has the version and the add-ons`)];
}

/** EKS's add-ons that the configuration needs; Auto Mode runs the agent of Pod Identity itself. */
function neededAddOns({ cluster, database }: ResolvedConfig, { isAutoMode }: ClusterFacts): string[] {
  return [
    'metrics-server',
    ...(isAutoMode ? [] : ['eks-pod-identity-agent']),
    ...(cluster.containerInsights ? ['amazon-cloudwatch-observability'] : []),
    ...(database.pooler === 'pgbouncer' ? ['aws-secrets-store-csi-driver-provider'] : []),
  ];
}
