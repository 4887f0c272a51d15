import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, type IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENVIRONMENT, type ReleaseEvent, SWITCH_RETRY } from '../../../lambda/predictive-scaler/constants';
import { SchedulerRole } from '../functions/scheduler-role';

/** A date in the far future; the function that pushes the switch ahead sets the real one. */
const NEVER = 'at(2099-12-31T23:59:59)';

export interface DeadMansSwitchProps {
  /** Name of the schedule, unique in its group. */
  readonly scheduleName: string;
  /** EventBridge Scheduler group that contains switches only. */
  readonly group: IScheduleGroup;
  /** Function that releases floors. */
  readonly release: LambdaFunction;
  /** Event that the function receives: the HPAs whose floors it releases. */
  readonly event: ReleaseEvent;
  /** Queue that receives the event if the invocation failed after all retries. */
  readonly deadLetterQueue: IQueue;
}

/**
 * A one-time schedule that releases floors unless the scaler keeps pushing it ahead. It is created disabled, because no
 * floor is raised yet; the first push enables it. A deployment that changes it disables it until the next push.
 */
export class DeadMansSwitch extends Construct {
  private readonly role: SchedulerRole;
  private readonly schedule: CfnSchedule;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DeadMansSwitchProps,
  ) {
    super(scope, id);
    const { deadLetterQueue, group, release } = props;
    this.role = new SchedulerRole(this, 'Role', {
      description: `Releases floors when ${props.scheduleName} runs out`,
      group,
      target: release,
      deadLetterQueue,
    });
    this.schedule = new CfnSchedule(this, 'Schedule', {
      name: props.scheduleName,
      description: 'Releases the floors of the HPAs unless the scaler pushes it ahead',
      groupName: group.scheduleGroupName,
      state: 'DISABLED',
      scheduleExpression: NEVER,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: release.functionArn,
        roleArn: this.role.roleArn,
        input: JSON.stringify(props.event),
        retryPolicy: {
          maximumEventAgeInSeconds: SWITCH_RETRY.maximumEventAgeSeconds,
          maximumRetryAttempts: SWITCH_RETRY.maximumRetryAttempts,
        },
        deadLetterConfig: { arn: deadLetterQueue.queueArn },
      },
    });
  }

  /** Lets a function push this switch ahead, with the values that it needs in its environment variables. */
  grantPush(pusher: LambdaFunction): Grant {
    const { deadLetterQueue, group, release, scheduleName } = this.props;
    pusher.addEnvironment(ENVIRONMENT.switchName, scheduleName);
    pusher.addEnvironment(ENVIRONMENT.switchGroup, group.scheduleGroupName);
    pusher.addEnvironment(ENVIRONMENT.switchFunctionArn, release.functionArn);
    pusher.addEnvironment(ENVIRONMENT.switchRoleArn, this.role.roleArn);
    pusher.addEnvironment(ENVIRONMENT.switchDeadLetterQueueArn, deadLetterQueue.queueArn);
    const update = Grant.addToPrincipal({
      grantee: pusher,
      actions: ['scheduler:UpdateSchedule'],
      resourceArns: [this.schedule.attrArn],
    });
    const pass = Grant.addToPrincipal({
      grantee: pusher,
      actions: ['iam:PassRole'],
      resourceArns: [this.role.roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    });
    return update.combine(pass);
  }
}
