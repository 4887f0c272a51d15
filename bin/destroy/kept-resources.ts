import {
  CloudFormationClient,
  ListStackResourcesCommand,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { PROJECT } from '../../lib/config/names';
import { AwsProblem } from '../aws/aws-problem';
import type { AwsSession } from '../aws/aws-session';
import type { CloudContext } from '../cloud/machine';
import type { LiveStack } from '../cloud/read-stack';
import { priceTables } from '../cost/prices/price-table';
import { deployedTemplate } from '../deploy/diff/stack-diffs';
import type { TemplateResource } from '../synth/draft-templates';

/** Something that outlives its stack. */
export interface KeptResource {
  /** CloudFormation's resource type, or `snapshot` with the type. */
  readonly type: string;
  /** Physical id: name or ARN. */
  readonly id: string;
  readonly region: string;
  /** USD a month; null where it depends on what is stored. */
  readonly monthlyUsd: number | null;
  /** Command that removes it, or lists what has to be removed. */
  readonly command: string;
}

/** How resources of a type are removed by hand, and what they cost. */
interface Removal {
  readonly command: (id: string, region: string) => string;
  /** Price in the tables of `npm run cost`, for one a month. @default - it depends on what is stored */
  readonly priceKey?: string;
}

const REMOVALS: Readonly<Record<string, Removal>> = {
  'AWS::KMS::Key': {
    command: (id, region) => `aws kms schedule-key-deletion --region ${region} --key-id ${id}`,
    priceKey: 'kms.key.month',
  },
  'AWS::Logs::LogGroup': {
    command: (id, region) => `aws logs delete-log-group --region ${region} --log-group-name ${id}`,
  },
  'AWS::S3::Bucket': {
    command: (id, region) => `aws s3 rb --force --region ${region} s3://${id}`,
  },
  'AWS::ECR::Repository': {
    command: (id, region) => `aws ecr delete-repository --force --region ${region} --repository-name ${id}`,
  },
  'AWS::SecretsManager::Secret': {
    command: (id, region) => `aws secretsmanager delete-secret --region ${region} --secret-id ${id}`,
    priceKey: 'secrets-manager.secret.month',
  },
};

/** Resources that leave a snapshot behind, with the command that lists the snapshots. */
const SNAPSHOTS: Readonly<Record<string, (id: string, region: string) => string>> = {
  'AWS::RDS::DBInstance': (id, region) =>
    `aws rds describe-db-snapshots --region ${region} --db-instance-identifier ${id}, then delete-db-snapshot`,
  'AWS::ElastiCache::ReplicationGroup': (id, region) =>
    `aws elasticache describe-snapshots --region ${region} --replication-group-id ${id}, then delete-snapshot`,
};

/** What the stacks leave behind by their templates; to be read before they are deleted. @throws {AwsProblem} */
export async function keptByTemplates(
  { aws }: CloudContext,
  stacks: readonly LiveStack[],
): Promise<KeptResource[]> {
  const found = await Promise.all(
    stacks.map(async ({ stackName, region }) => {
      const template = await deployedTemplate(aws, stackName, region);
      const ids = await physicalIds(aws, stackName, region);
      return Object.entries(template?.Resources ?? {}).flatMap(([logicalId, resource]) => {
        const id = ids.get(logicalId);
        const kept = id === undefined ? undefined : keptResource(resource, id, region);
        return kept ? [kept] : [];
      });
    }),
  );
  return found.flat();
}

function keptResource(resource: TemplateResource, id: string, region: string): KeptResource | undefined {
  const { Type: type, DeletionPolicy } = resource as TemplateResource & { readonly DeletionPolicy?: string };
  if (DeletionPolicy === 'Snapshot') {
    const command = SNAPSHOTS[type]?.(id, region);
    const monthlyUsd = snapshotCost(resource, region);
    return command === undefined
      ? undefined
      : { type: `snapshot of ${type}`, id, region, monthlyUsd, command };
  }
  if (DeletionPolicy !== 'Retain') return undefined;
  const removal = REMOVALS[type];
  const command = removal?.command(id, region) ?? 'see it in the console';
  return { type, id, region, command, monthlyUsd: priceOf(removal?.priceKey, region) };
}

/** A database's snapshot is at most as large as its storage, GiB; the size of others is unknown. */
function snapshotCost({ Type, Properties = {} }: TemplateResource, region: string): number | null {
  const price = priceOf('rds.backup.gb-month', region);
  const gib = Number(Properties['AllocatedStorage']);
  return Type !== 'AWS::RDS::DBInstance' || price === null || !(gib > 0) ? null : gib * price;
}

function priceOf(key: string | undefined, region: string): number | null {
  if (key === undefined) return null;
  try {
    return priceTables(region)(region).prices[key]?.usd ?? null;
  } catch {
    return null; // no table for the region
  }
}

async function physicalIds(aws: AwsSession, target: string, region: string): Promise<Map<string, string>> {
  const call = { action: 'cloudformation:ListStackResources', region, target };
  const all: StackResourceSummary[] = [];
  let token: string | undefined;
  do {
    const input = { StackName: target, NextToken: token };
    const { StackResourceSummaries = [], NextToken } = await aws.call(
      CloudFormationClient,
      call,
      (client, abortSignal) => client.send(new ListStackResourcesCommand(input), { abortSignal }),
    );
    all.push(...StackResourceSummaries);
    token = NextToken;
  } while (token !== undefined);
  return new Map(
    all.flatMap(({ LogicalResourceId: logical, PhysicalResourceId: physical }) =>
      logical !== undefined && physical !== undefined ? [[logical, physical] as const] : [],
    ),
  );
}

/** Bytes of a GB in CloudWatch's prices. */
const GB = 1024 ** 3;

/**
 * Log groups of an environment that exist after its stacks are gone: retained ones, and those that a service made again
 * with its last line. They keep a deployment of the same name from being made.
 */
export async function leftLogGroups({ aws, config, say }: CloudContext): Promise<KeptResource[]> {
  const { environment, region } = config;
  const name = `${PROJECT}-${environment}`;
  const prefixes = [
    `/${PROJECT}/${environment}/`,
    `aws-waf-logs-${name}`,
    ...['eks', 'rds/instance', 'lambda', 'containerinsights'].map((service) => `/aws/${service}/${name}`),
  ];
  try {
    const groups = await Promise.all(prefixes.map((prefix) => logGroups(aws, region, prefix)));
    const price = priceOf('logs.storage.gb-month', region);
    return groups.flat().map(({ id, bytes }) => ({
      type: 'AWS::Logs::LogGroup',
      id,
      region,
      monthlyUsd: price === null ? null : (bytes / GB) * price,
      command: `aws logs delete-log-group --region ${region} --log-group-name ${id}`,
    }));
  } catch (error) {
    if (!(error instanceof AwsProblem)) throw error;
    say(`the remaining log groups are not known: ${error.message}`);
    return [];
  }
}

async function logGroups(aws: AwsSession, region: string, logGroupNamePrefix: string) {
  const call = { action: 'logs:DescribeLogGroups', region, target: logGroupNamePrefix };
  const { logGroups: found = [] } = await aws.call(CloudWatchLogsClient, call, (client, abortSignal) =>
    client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }), { abortSignal }),
  );
  return found.map(({ logGroupName = '', storedBytes = 0 }) => ({ id: logGroupName, bytes: storedBytes }));
}
