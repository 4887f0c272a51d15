import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeVpcsCommand,
  EC2Client,
  type Instance,
} from '@aws-sdk/client-ec2';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { cpuMillis } from '../../../lib/config/quantities';
import type { AwsSession } from '../../aws/aws-session';
import type { AccountCheck, AccountContext } from '../context';
import { isDeployed } from '../deployed';
import { type Answer, attempt, isAbsent, ok, problem } from '../finding';

/** A quota of Service Quotas. */
interface Quota {
  readonly service: string;
  readonly code: string;
  /** What it counts. */
  readonly what: string;
}

const VPCS: Quota = { service: 'vpc', code: 'L-F678F1CE', what: 'VPCs' };
const ADDRESSES: Quota = { service: 'ec2', code: 'L-0263D0A3', what: 'Elastic IP addresses' };
const CPUS: Quota = { service: 'ec2', code: 'L-1216C47A', what: 'vCPUs of On-Demand instances' };

/** The instances that the quota of vCPUs counts: families A, C, D, H, I, M, R, T and Z. */
const STANDARD = /^[acdhimrtz]\d/;

/** CPU of a node that pods of the cluster itself use, and of a second node of a roll-out, thousandths. */
const OVERHEAD_MILLIS = 2_000;

/** More pages than an account near its quotas has. */
const MOST_PAGES = 20;

/** Quotas that a first deployment, or the most replicas, would meet. */
export const quotas: AccountCheck = {
  name: 'quotas',
  run: async (context) => {
    const { config, deployed } = context;
    const hasNetwork = isDeployed(deployed, 'Network');
    const answers = [
      ...(hasNetwork
        ? []
        : [
            ask(context, VPCS, 1, vpcsInUse),
            ask(context, ADDRESSES, config.network.natGateways, addressesInUse),
          ]),
      // What the environment's own nodes use already is a part of what it needs.
      ask(context, CPUS, isDeployed(deployed, 'Cluster') ? 0 : nodeCpus(config), cpusInUse),
    ];
    return (await Promise.all(answers)).flat();
  },
};

/** vCPUs of the nodes with the most replicas of the API, a quarter more during a roll-out. */
export function nodeCpus({ admin, autoscaling, workload }: ResolvedConfig): number {
  const api = Math.ceil(autoscaling.hpa.maxReplicas * 1.25) * cpuMillis(workload.cpuRequest);
  return Math.ceil((api + admin.replicas * cpuMillis(admin.cpuRequest) + OVERHEAD_MILLIS) / 1000);
}

export function quotaAnswer(
  { code, service, what }: Quota,
  numbers: {
    readonly limit: number;
    readonly used: number;
    readonly needed: number;
    readonly region: string;
  },
): Answer {
  const { limit, needed, region, used } = numbers;
  if (used + needed <= limit) return ok(`${what}: ${used} of ${limit} in use, ${needed} more are needed`);
  return problem(
    `${what} in ${region}: ${used} of ${limit} in use, and ${needed} more are needed`,
    `aws service-quotas request-service-quota-increase --region ${region} --service-code ${service} --quota-code ${code} --desired-value ${used + needed}`,
  );
}

function ask(
  { aws, config: { region } }: AccountContext,
  quota: Quota,
  needed: number,
  use: (aws: AwsSession, region: string) => Promise<number>,
): Promise<Answer[]> {
  return attempt(quota.what, async () => {
    const [limit, used] = await Promise.all([limitOf(aws, region, quota), use(aws, region)]);
    return [quotaAnswer(quota, { limit, used, needed, region })];
  });
}

/** The account's quota, or AWS's default where the account has none of its own. */
async function limitOf(aws: AwsSession, region: string, { code, service }: Quota): Promise<number> {
  const input = { ServiceCode: service, QuotaCode: code };
  const call = { action: 'servicequotas:GetServiceQuota', region, target: code };
  try {
    const { Quota: found } = await aws.call(ServiceQuotasClient, call, (client, abortSignal) =>
      client.send(new GetServiceQuotaCommand(input), { abortSignal }),
    );
    return found?.Value ?? 0;
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const action = 'servicequotas:GetAWSDefaultServiceQuota';
    const { Quota: found } = await aws.call(ServiceQuotasClient, { ...call, action }, (client, abortSignal) =>
      client.send(new GetAWSDefaultServiceQuotaCommand(input), { abortSignal }),
    );
    return found?.Value ?? 0;
  }
}

async function vpcsInUse(aws: AwsSession, region: string): Promise<number> {
  const call = { action: 'ec2:DescribeVpcs', region };
  const { Vpcs = [] } = await aws.call(EC2Client, call, (client, abortSignal) =>
    client.send(new DescribeVpcsCommand({ MaxResults: 1000 }), { abortSignal }),
  );
  return Vpcs.length;
}

async function addressesInUse(aws: AwsSession, region: string): Promise<number> {
  const call = { action: 'ec2:DescribeAddresses', region };
  const { Addresses = [] } = await aws.call(EC2Client, call, (client, abortSignal) =>
    client.send(new DescribeAddressesCommand({}), { abortSignal }),
  );
  return Addresses.length;
}

async function cpusInUse(aws: AwsSession, region: string): Promise<number> {
  const call = { action: 'ec2:DescribeInstances', region };
  const instances: Instance[] = [];
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const input = { MaxResults: 1000, ...(token !== undefined && { NextToken: token }) };
    const { NextToken, Reservations = [] } = await aws.call(EC2Client, call, (client, abortSignal) =>
      client.send(new DescribeInstancesCommand(input), { abortSignal }),
    );
    instances.push(...Reservations.flatMap(({ Instances = [] }) => Instances));
    if (NextToken === undefined) break;
    token = NextToken;
  }
  return countCpus(instances);
}

/** vCPUs of the instances that the quota counts: those that run or start, without Spot. */
export function countCpus(instances: readonly Instance[]): number {
  return instances
    .filter(({ State }) => State?.Name === 'running' || State?.Name === 'pending')
    .filter(({ InstanceLifecycle, InstanceType = '' }) => !InstanceLifecycle && STANDARD.test(InstanceType))
    .reduce(
      (sum, { CpuOptions: { CoreCount = 1, ThreadsPerCore = 1 } = {} }) => sum + CoreCount * ThreadsPerCore,
      0,
    );
}
