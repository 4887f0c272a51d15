import type { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, type IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SchedulerRole } from './scheduler-role';

export interface FunctionScheduleProps {
  /** Name of the schedule, unique in its group. */
  readonly scheduleName: string;
  /** EventBridge Scheduler group of the schedule; only its schedules may assume the invoking role. */
  readonly group: IScheduleGroup;
  /** Function that each run invokes. */
  readonly target: IFunction;
  /** Schedule expression: `rate(1 hour)`, or `cron(…)` in UTC. */
  readonly expression: string;
  /** Age after which Scheduler stops retrying an event and sends it to the dead-letter queue. */
  readonly maxAge: Duration;
  /** JSON that the function receives as its event. @default '{}' */
  readonly event?: string;
  /** Queue that receives events whose invocation failed after all retries. */
  readonly deadLetterQueue: IQueue;
}

/** Invokes a function regularly. */
export class FunctionSchedule extends Construct {
  constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    super(scope, id);
    const { deadLetterQueue, group, target } = props;
    const description = `Runs ${props.scheduleName}`;
    const role = new SchedulerRole(this, 'Role', { description, group, target, deadLetterQueue });
    new CfnSchedule(this, 'Schedule', {
      name: props.scheduleName,
      description,
      groupName: group.scheduleGroupName,
      scheduleExpression: props.expression,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: target.functionArn,
        roleArn: role.roleArn,
        input: props.event ?? '{}',
        retryPolicy: { maximumEventAgeInSeconds: props.maxAge.toSeconds(), maximumRetryAttempts: 3 },
        deadLetterConfig: { arn: deadLetterQueue.queueArn },
      },
    });
  }
}
