import type { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, type IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SchedulerRole } from './scheduler-role';

export interface FunctionScheduleProps {
  /** Unique in its group. */
  readonly scheduleName: string;
  readonly group: IScheduleGroup;
  readonly target: IFunction;
  /** `rate(1 hour)`, or `cron(…)` in UTC. */
  readonly expression: string;
  /** An event that is older is worth no run any more. */
  readonly maxAge: Duration;
  /** Event that the function is given, JSON. @default '{}' */
  readonly event?: string;
  readonly deadLetterQueue: IQueue;
}

/** Runs a function again and again. */
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
