import type { BucketProps } from 'aws-cdk-lib/aws-s3';
import { removalPolicy } from './removal';

/**
 * What becomes of a bucket when its stack goes. S3 refuses to delete a bucket that is not empty, so one that is
 * not kept empties itself first (by aws-cdk-lib's custom resource, which only such environments get).
 */
export function bucketDisposal(retain: boolean): Pick<BucketProps, 'removalPolicy' | 'autoDeleteObjects'> {
  return { removalPolicy: removalPolicy(retain), autoDeleteObjects: retain ? undefined : true };
}
