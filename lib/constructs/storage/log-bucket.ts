import { Duration, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bucketDisposal } from './bucket-disposal';

/** S3 charges for the parts of an unfinished multipart upload until they are removed. */
const ABORT_UPLOADS_AFTER = Duration.days(7);

export interface LogBucketProps {
  /** Time after which a log object is deleted; whole days. */
  readonly retention: Duration;
  /** Keep the bucket when the stack is deleted; otherwise it is emptied and deleted. */
  readonly retain: boolean;
  /**
   * Let writers use ACLs. CloudFront's standard logging needs them: it grants itself access by ACL.
   * @default false
   */
  readonly acceptAcls?: boolean;
}

/**
 * A private bucket for access logs. S3 managed keys encrypt it, because ALB and CloudFront cannot write with a
 * customer managed KMS key. It has no versions, because logs are written once and expire.
 */
export class LogBucket extends Bucket {
  constructor(scope: Construct, id: string, props: LogBucketProps) {
    const { retention, retain, acceptAcls = false } = props;
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: acceptAcls
        ? ObjectOwnership.BUCKET_OWNER_PREFERRED
        : ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ expiration: retention, abortIncompleteMultipartUploadAfter: ABORT_UPLOADS_AFTER }],
      ...bucketDisposal(retain),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds access logs itself; logging access to logs would never end.',
    });
  }
}
