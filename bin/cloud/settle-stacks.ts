import type { AwsSession } from '../aws/aws-session';
import { UsageError } from '../cli/command';
import type { EnvironmentStack } from './environment-stacks';
import { isBusy, type LiveStack, readStacks } from './read-stack';

export interface SettleProps {
  readonly aws: AwsSession;
  /** Stacks in deploy order. */
  readonly stacks: readonly EnvironmentStack[];
  /** Waits between two looks; rejects when the command is interrupted. */
  readonly pause: () => Promise<unknown>;
  /** Monotonic clock, ms. */
  readonly elapsedMs: () => number;
  /** Called with the busy stacks at every look. */
  readonly onBusy: (busy: readonly LiveStack[]) => void;
}

/** Longest wait for operations of an earlier run, ms: an EKS cluster and a CloudFront distribution take half of it. */
const PATIENCE_MS = 60 * 60_000;

/**
 * Waits until no stack is busy. CloudFormation finishes what an interrupted command began, and refuses changes until
 * then.
 * @returns the stacks that exist
 * @throws UsageError where a stack is busy for an hour
 */
export async function settleStacks(props: SettleProps): Promise<LiveStack[]> {
  const end = props.elapsedMs() + PATIENCE_MS;
  for (;;) {
    const stacks = await readStacks(props.aws, props.stacks);
    const busy = stacks.filter(({ status }) => isBusy(status));
    if (busy.length === 0) return stacks;
    props.onBusy(busy);
    if (props.elapsedMs() >= end) {
      const names = busy.map(({ stackName, status }) => `${stackName} (${status})`).join(', ');
      throw new UsageError(
        `stacks are busy for over an hour: ${names}; look at them in the CloudFormation console`,
      );
    }
    await props.pause();
  }
}
