import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import type { StackId } from '../../lib/config/names';
import { UsageError } from '../cli/command';
import { type CloudContext, pause } from '../cloud/machine';
import { type LiveStack, readStack } from '../cloud/read-stack';
import { isFailure, type ResourceEvent, StackEvents } from '../cloud/stack-events';

/** Stacks that can be deleted at the same time, in order: what uses a resource goes before what has it. */
const WAVES: readonly (readonly StackId[])[] = [
  ['Observability'],
  ['PredictiveScaling'],
  ['Cluster', 'Cdn'],
  ['Data', 'Cache', 'Ingress', 'Edge'],
  ['Network'],
];

/**
 * Deletes stacks in reverse order, whatever state they are in.
 * @throws UsageError with the resources that could not be deleted, and why
 */
export async function deleteStacks(context: CloudContext, stacks: readonly LiveStack[]): Promise<void> {
  for (const wave of WAVES) {
    const due = stacks.filter(({ id }) => wave.includes(id));
    if (due.length > 0) await deleteWave(context, due);
  }
}

async function deleteWave(context: CloudContext, stacks: readonly LiveStack[]): Promise<void> {
  const { aws, machine, say } = context;
  const events = new StackEvents(aws, machine.now());
  const failures: ResourceEvent[] = [];
  await Promise.all(stacks.map((stack) => beginDeletion(context, stack)));
  let waiting = stacks;
  while (waiting.length > 0) {
    await pause(context);
    const still: LiveStack[] = [];
    for (const stack of waiting) {
      // By its ARN: a deleted stack has no name any more.
      const news = await events.next({ stackName: stack.arn, region: stack.region });
      failures.push(...news.filter(isFailure));
      for (const event of news) {
        const line = eventLine(stack, event);
        if (line !== undefined) say(line);
      }
      const now = await readStack(aws, { ...stack, stackName: stack.arn });
      if (now?.status === 'DELETE_FAILED') throw failureOf(stack, failures);
      if (now !== undefined && now.status !== 'DELETE_COMPLETE') still.push(stack);
    }
    waiting = still;
  }
}

async function beginDeletion(
  { aws, say }: CloudContext,
  { id, stackName, region }: LiveStack,
): Promise<void> {
  say(`deleting ${id} (${stackName})`);
  const call = { action: 'cloudformation:DeleteStack', region, target: stackName };
  await aws.call(CloudFormationClient, call, (client, abortSignal) =>
    client.send(new DeleteStackCommand({ StackName: stackName }), { abortSignal }),
  );
}

function eventLine(
  { id }: LiveStack,
  { status, type, logicalId, reason }: ResourceEvent,
): string | undefined {
  if (status.endsWith('_IN_PROGRESS')) return undefined;
  const why = status.endsWith('_FAILED') && reason !== undefined ? `: ${reason}` : '';
  return `${id.padEnd(17)} ${status.padEnd(16)} ${type} ${logicalId}${why}`;
}

function failureOf({ stackName, region }: LiveStack, failures: readonly ResourceEvent[]): UsageError {
  const reasons = failures
    .filter((event) => event.stackName === stackName && event.logicalId !== stackName)
    .map(({ logicalId, type, reason = 'without a reason' }) => `  ${logicalId} (${type}): ${reason}`);
  return new UsageError(
    [
      `${stackName} could not be deleted:`,
      ...reasons,
      'repair that and run npm run destroy again, or leave the resources behind: aws cloudformation delete-stack ' +
        `--region ${region} --stack-name ${stackName} --retain-resources <logical ids>`,
    ].join('\n'),
  );
}
