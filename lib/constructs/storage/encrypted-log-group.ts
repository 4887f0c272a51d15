import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { removalPolicy } from './removal';

export interface EncryptedLogGroupProps {
  /** Name of the log group; several AWS services write to a fixed name only. */
  readonly logGroupName: string;
  /** Days that log events are kept; CloudWatch Logs accepts certain numbers only, e.g. 30. */
  readonly retentionDays: number;
  /** KMS key of the log group; its policy must let CloudWatch Logs use it. */
  readonly encryptionKey: IKey;
  /** Keep the log group when the stack is deleted. */
  readonly retain: boolean;
}

/** A log group that is encrypted with a customer managed key and whose events expire. */
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
