import { Duration } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bucketDisposal } from '../storage/bucket-disposal';

/** Long enough to bring a bad release back. */
const KEEP_OLD_VERSIONS = Duration.days(30);

/** Parts of an upload that never finished are paid for until somebody removes them. */
const ABORT_UPLOADS_AFTER = Duration.days(7);

export interface StaticBucketProps {
  /** Bucket of the access logs. */
  readonly logBucket: IBucket;
  /** Keep the bucket when the stack goes. */
  readonly retain: boolean;
}

/**
 * The web application's files, private and versioned. Encrypted with S3's own keys: the files are public, and a
 * KMS key's policy would have to name the distribution, which names the bucket.
 */
export class StaticBucket extends Bucket {
  constructor(scope: Construct, id: string, { logBucket, retain }: StaticBucketProps) {
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      lifecycleRules: [
        {
          noncurrentVersionExpiration: KEEP_OLD_VERSIONS,
          abortIncompleteMultipartUploadAfter: ABORT_UPLOADS_AFTER,
        },
      ],
      serverAccessLogsBucket: logBucket,
      serverAccessLogsPrefix: 'static-bucket/',
      ...bucketDisposal(retain),
    });
  }
}
