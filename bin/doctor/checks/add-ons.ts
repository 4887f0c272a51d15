import { DescribeClusterCommand, EKSClient, ListAddonsCommand } from '@aws-sdk/client-eks';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { UsageError } from '../../cli/command';
import { KubernetesClient } from '../../kubernetes/kubernetes-client';
import type { AccountCheck, AccountContext } from '../context';
import { type Answer, isAbsent, later, ok, problem, unknown } from '../finding';
import { addOnsByHand, clusterAnswers } from './cluster-add-ons';

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
  run: async (context) => {
    const { cluster, region } = context.config;
    const facts = cluster.kind === 'existing' ? await readFacts(context) : undefined;
    if (cluster.kind === 'existing' && facts === undefined) {
      return [
        problem(
          `the cluster ${cluster.name} does not exist in ${region}`,
          'set cluster.existing.name, or leave cluster.existing out',
        ),
      ];
    }
    const found = facts ? existingClusterAnswers(context.config, facts) : [];
    return [...found, ...(await insideAnswers(context))];
  },
};

/** The existing cluster; undefined where there is none of its name. @throws {AwsProblem} */
async function readFacts({ aws, config }: AccountContext): Promise<ClusterFacts | undefined> {
  const { name } = config.cluster;
  const call = { action: 'eks:DescribeCluster', region: config.region, target: name };
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
    return {
      version: found?.version ?? '',
      authenticationMode: found?.accessConfig?.authenticationMode ?? '',
      hasPrivateEndpoint: found?.resourcesVpcConfig?.endpointPrivateAccess === true,
      isAutoMode: found?.computeConfig?.enabled === true,
      addOns: addons,
    };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** A doctor asks a Kubernetes API that is not reachable for seconds, not for a minute. */
const PATIENCE = { attempts: 2, attemptMs: 5_000, deadlineMs: 12_000 };

/** What the Kubernetes API tells; where there is none yet, what will have to be installed. */
async function insideAnswers({ aws, config, surroundings }: AccountContext): Promise<Answer[]> {
  try {
    const connection = await surroundings.connectCluster?.(aws, config);
    if (connection === undefined) return installedByHand(config);
    const client = new KubernetesClient({ connection, retries: PATIENCE });
    try {
      return await clusterAnswers(client, config);
    } finally {
      client.close();
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [...installedByHand(config), unknown(`the cluster was not looked into: ${error.message}`)];
  }
}

/** What neither AWS has as an add-on nor the manifests contain. */
export function installedByHand(config: ResolvedConfig): Answer[] {
  const wanted = addOnsByHand(config);
  if (wanted.length === 0) return [ok('nothing has to be installed in the cluster by hand')];
  return wanted.map(({ name, without }) =>
    later(
      `the manifests need ${name}, which AWS has no add-on for`,
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
