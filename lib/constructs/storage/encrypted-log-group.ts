import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { removalPolicy } from './removal';

export interface EncryptedLogGroupProps {
  /** Name of the log group; several AWS services insist on one. */
  readonly logGroupName: string;
  /** Days that events are kept; CloudWatch Logs takes certain numbers only. */
  readonly retentionDays: number;
  /** Key of the log groups, whose policy lets CloudWatch Logs in. */
  readonly encryptionKey: IKey;
  /** Keep the log group when the stack goes. */
  readonly retain: boolean;
}

/** A log group that is encrypted with our key and does not grow for ever. */
export class EncryptedLogGroup extends LogGroup {
  constructor(scope: Construct, id: string, props: EncryptedLogGroupProps) {
    super(scope, id, {
      logGroupName: props.logGroupName,
      retention: props.retentionDays as RetentionDays,
      encryptionKey: props.encryptionKey,
      removalPolicy: removalPolicy(props.retain),
    });
  }
}
