import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { isMissing } from '../aws/aws-problem';
import type { AwsSession } from '../aws/aws-session';
import type { EnvironmentStack } from './environment-stacks';

/** A stack as CloudFormation describes it. */
export interface LiveStack extends EnvironmentStack {
  /** ARN; names of deleted stacks may be used again, ARNs never. */
  readonly arn: string;
  /** CloudFormation's status, such as UPDATE_COMPLETE. */
  readonly status: string;
  /** CloudFormation's words about the status. @default - none */
  readonly reason: string | undefined;
  /** Whether CloudFormation refuses to delete it. */
  readonly isProtected: boolean;
  /** Outputs by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Reads a stack by its name.
 * @returns undefined where there is none
 * @throws {AwsProblem}
 */
export async function readStack(aws: AwsSession, stack: EnvironmentStack): Promise<LiveStack | undefined> {
  const { stackName: target, region } = stack;
  const call = { action: 'cloudformation:DescribeStacks', region, target };
  try {
    const { Stacks: [found] = [] } = await aws.call(CloudFormationClient, call, (client, abortSignal) =>
      client.send(new DescribeStacksCommand({ StackName: target }), { abortSignal }),
    );
    return found && { ...stack, ...live(found) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Reads stacks, without those that do not exist, in the same order. @throws {AwsProblem} */
export async function readStacks(aws: AwsSession, stacks: readonly EnvironmentStack[]): Promise<LiveStack[]> {
  const found = await Promise.all(stacks.map((stack) => readStack(aws, stack)));
  return found.filter((stack) => stack !== undefined);
}

function live(found: Stack): Omit<LiveStack, keyof EnvironmentStack> {
  const {
    StackId = '',
    StackStatus = '',
    StackStatusReason,
    EnableTerminationProtection,
    Outputs = [],
  } = found;
  return {
    arn: StackId,
    status: StackStatus,
    reason: StackStatusReason,
    isProtected: EnableTerminationProtection === true,
    outputs: Object.fromEntries(
      Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
  };
}

/** Whether an operation of CloudFormation is under way; a stack that waits for its first change set is idle. */
export function isBusy(status: string): boolean {
  return status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS';
}

/** Whether the last operation failed. */
export function hasFailed(status: string): boolean {
  return /FAILED$|ROLLBACK_COMPLETE$/.test(status);
}
