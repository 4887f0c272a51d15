import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface SchedulerRoleProps {
  /** Purpose of the role, for the IAM console. */
  readonly description: string;
  /** EventBridge Scheduler group; only its schedules may assume the role. */
  readonly group: IScheduleGroup;
  /** Function that the schedules invoke. */
  readonly target: IFunction;
  /** Queue that receives events whose invocation failed after all retries. */
  readonly deadLetterQueue: IQueue;
}

/** IAM role with which the schedules of a group invoke one function. */
export class SchedulerRole extends Role {
  constructor(scope: Construct, id: string, props: SchedulerRoleProps) {
    super(scope, id, {
      description: props.description,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Stack.of(scope).account,
            'aws:SourceArn': props.group.scheduleGroupArn,
          },
        },
      }),
    });
    // Without `grantInvoke`, which would also allow every version of the function.
    this.addToPolicy(invocation(props.target));
    props.deadLetterQueue.grantSendMessages(this);
  }
}

function invocation(target: IFunction): PolicyStatement {
  return new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] });
}
