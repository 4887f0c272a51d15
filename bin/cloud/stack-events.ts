import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  type DescribeStackEventsOutput,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';
import { isMissing } from '../aws/aws-problem';
import type { AwsSession } from '../aws/aws-session';
import type { EnvironmentStack } from './environment-stacks';

/** Something that happened to a stack or to one of its resources. */
export interface ResourceEvent {
  /** The stack's name in CloudFormation. */
  readonly stackName: string;
  /** Logical id of the resource; the stack's name for the stack itself. */
  readonly logicalId: string;
  /** CloudFormation's resource type. */
  readonly type: string;
  /** CloudFormation's status, such as CREATE_COMPLETE. */
  readonly status: string;
  /** CloudFormation's words, such as the reason of a failure. @default - none */
  readonly reason: string | undefined;
}

/** One page of DescribeStackEvents. */
type Page = Pick<DescribeStackEventsOutput, 'StackEvents' | 'NextToken'>;

/** Most pages that one look reads; a page has 100 events. */
const MAX_PAGES = 10;

/** Follows the events of stacks from a point in time on. */
export class StackEvents {
  private readonly seen = new Set<string>();

  /** @param since events before it are left out */
  constructor(
    private readonly aws: AwsSession,
    private readonly since: Date,
  ) {}

  /** Events since the last call, the oldest first; none of a stack that does not exist. @throws {AwsProblem} */
  async next({
    stackName,
    region,
  }: Pick<EnvironmentStack, 'stackName' | 'region'>): Promise<ResourceEvent[]> {
    const fresh: StackEvent[] = [];
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { StackEvents: events = [], NextToken } = await this.page(stackName, region, token);
      const unseen = events.filter((event) => this.isNew(event));
      fresh.push(...unseen);
      token = NextToken;
      // Newest first: a page with a known event ends the news.
      if (unseen.length < events.length || token === undefined) break;
    }
    for (const { EventId = '' } of fresh) this.seen.add(EventId);
    return fresh.reverse().map((event) => ({
      stackName: event.StackName ?? stackName,
      logicalId: event.LogicalResourceId ?? '',
      type: event.ResourceType ?? '',
      status: event.ResourceStatus ?? '',
      reason: event.ResourceStatusReason,
    }));
  }

  private isNew({ EventId = '', Timestamp }: StackEvent): boolean {
    return !this.seen.has(EventId) && Timestamp !== undefined && Timestamp >= this.since;
  }

  private async page(target: string, region: string, NextToken: string | undefined): Promise<Page> {
    const call = { action: 'cloudformation:DescribeStackEvents', region, target };
    try {
      return await this.aws.call(CloudFormationClient, call, (client, abortSignal) =>
        client.send(new DescribeStackEventsCommand({ StackName: target, NextToken }), { abortSignal }),
      );
    } catch (error) {
      if (isMissing(error)) return {};
      throw error;
    }
  }
}

/** Whether an event says that a resource failed, and not only that CloudFormation cancelled it after another one. */
export function isFailure({ status, reason }: ResourceEvent): boolean {
  return status.endsWith('_FAILED') && !/cancelled/i.test(reason ?? '');
}
