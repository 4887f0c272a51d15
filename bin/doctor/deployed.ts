import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import type { StackId } from '../../lib/config/names';
import type { AwsSession } from '../aws/aws-session';
import type { EnvironmentStack } from '../cloud/environment-stacks';
import { type LiveStack, readStacks } from '../cloud/read-stack';

/** The environment's stacks that exist, and what is in them. */
export interface Deployed {
  readonly stacks: readonly LiveStack[];
  /** Ids that CloudFormation has for their resources, with the type: `AWS::Logs::LogGroup /aws/eks/x/cluster`. */
  readonly resources: ReadonlySet<string>;
}

/** More pages than a stack's 500 resources need. */
const MOST_PAGES = 10;

/** @throws {AwsProblem} */
export async function readDeployed(aws: AwsSession, stacks: readonly EnvironmentStack[]): Promise<Deployed> {
  const live = await readStacks(aws, stacks);
  const resources = await Promise.all(live.map((stack) => resourcesOf(aws, stack)));
  return { stacks: live, resources: new Set(resources.flat()) };
}

/** Whether a stack was created; one that waits for its first change set is not. */
export function isDeployed({ stacks }: Deployed, id: StackId): boolean {
  return stacks.some((stack) => stack.id === id && stack.status !== 'REVIEW_IN_PROGRESS');
}

/** Key of a resource in `Deployed.resources`. */
export function resourceKey(type: string, physicalId: string): string {
  return `${type} ${physicalId}`;
}

async function resourcesOf(aws: AwsSession, { stackName, region }: EnvironmentStack): Promise<string[]> {
  const call = { action: 'cloudformation:ListStackResources', region, target: stackName };
  const keys: string[] = [];
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const input = { StackName: stackName, ...(token !== undefined && { NextToken: token }) };
    const { StackResourceSummaries = [], NextToken } = await aws.call(
      CloudFormationClient,
      call,
      (client, abortSignal) => client.send(new ListStackResourcesCommand(input), { abortSignal }),
    );
    for (const { PhysicalResourceId: id, ResourceStatus, ResourceType = '' } of StackResourceSummaries) {
      if (id !== undefined && ResourceStatus !== 'DELETE_COMPLETE') keys.push(resourceKey(ResourceType, id));
    }
    if (NextToken === undefined) break;
    token = NextToken;
  }
  return keys;
}
