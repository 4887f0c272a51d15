import {
  SchedulerClient,
  UpdateScheduleCommand,
  type UpdateScheduleCommandInput,
} from '@aws-sdk/client-scheduler';
import {
  type AwsClientProps,
  awsClientConfig,
  callAws,
  isWorthRetrying,
} from '../../../service/shared/aws-call';
import type { RetryPolicy } from '../../../service/shared/retry';
import { type ReleaseEvent, SWITCH_RETRY } from '../constants';
import type { DeadMansSwitch } from './dead-mans-switch';

/** The deployed one-shot schedule; an update replaces all of it, so every value is needed. */
export interface SchedulerSwitchProps extends AwsClientProps {
  /** Name of the schedule. */
  readonly scheduleName: string;
  /** Name of its schedule group. */
  readonly groupName: string;
  /** Function that releases the floors, ARN. */
  readonly functionArn: string;
  /** Role with which the schedule invokes it, ARN. */
  readonly roleArn: string;
  /** Dead-letter queue of the schedule, ARN. */
  readonly deadLetterQueueArn: string;
}

const RETRIES: RetryPolicy = {
  attempts: 4,
  attemptMs: 5_000,
  deadlineMs: 15_000,
  baseDelayMs: 200,
  maxDelayMs: 2_000,
};

/** Dead man's switch: a one-shot schedule of EventBridge Scheduler that invokes the release function. */
export class SchedulerSwitch implements DeadMansSwitch {
  private readonly client: SchedulerClient;
  private readonly retries: RetryPolicy;

  constructor(private readonly props: SchedulerSwitchProps) {
    this.retries = { ...RETRIES, ...props.retries };
    this.client = new SchedulerClient(awsClientConfig(props, this.retries));
  }

  async extendTo(minute: number, release: ReleaseEvent): Promise<void> {
    const { scheduleName, waiting } = this.props;
    const input = this.scheduleAt(minute, release);
    await callAws(
      `UpdateSchedule of ${scheduleName} to ${input.ScheduleExpression}`,
      (abortSignal) => this.client.send(new UpdateScheduleCommand(input), { abortSignal }),
      this.retries,
      waiting,
      // A conflict is a concurrent update; the last one wins.
      (kind) => kind === 'conflict' || isWorthRetrying(kind),
    );
  }

  private scheduleAt(minute: number, release: ReleaseEvent): UpdateScheduleCommandInput {
    const { scheduleName, groupName, functionArn, roleArn, deadLetterQueueArn } = this.props;
    return {
      Name: scheduleName,
      GroupName: groupName,
      Description: 'Releases the floors of the HPAs unless the scaler pushes it ahead',
      State: 'ENABLED',
      ScheduleExpression: atExpression(minute),
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      // The schedule must not delete itself after it ran: it could not be updated any more.
      ActionAfterCompletion: 'NONE',
      Target: {
        Arn: functionArn,
        RoleArn: roleArn,
        Input: JSON.stringify(release),
        RetryPolicy: {
          MaximumEventAgeInSeconds: SWITCH_RETRY.maximumEventAgeSeconds,
          MaximumRetryAttempts: SWITCH_RETRY.maximumRetryAttempts,
        },
        DeadLetterConfig: { Arn: deadLetterQueueArn },
      },
    };
  }
}

function atExpression(minute: number): string {
  if (!Number.isSafeInteger(minute) || minute < 0) {
    throw new RangeError(`'minute' must be a whole number of minutes since 1970, got ${minute}`);
  }
  return `at(${new Date(minute * 60_000).toISOString().slice(0, 19)})`;
}
