import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface SchedulerRoleProps {
  readonly description: string;
  /** Group whose schedules, and no others, may take the role. */
  readonly group: IScheduleGroup;
  /** Function that they invoke. */
  readonly target: IFunction;
  readonly deadLetterQueue: IQueue;
}

/** Role in which schedules of a group invoke one function. */
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
    // Not by `grantInvoke`, which would let every version of the function be invoked too.
    this.addToPolicy(invocation(props.target));
    props.deadLetterQueue.grantSendMessages(this);
  }
}

function invocation(target: IFunction): PolicyStatement {
  return new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] });
}
