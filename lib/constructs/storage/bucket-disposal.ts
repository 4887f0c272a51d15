import type { BucketProps } from 'aws-cdk-lib/aws-s3';
import { removalPolicy } from './removal';

/**
 * What happens to a bucket when its stack is deleted. S3 refuses to delete a bucket that is not empty, so a bucket
 * that is not retained is emptied first, by a custom resource of aws-cdk-lib.
 */
export function bucketDisposal(retain: boolean): Pick<BucketProps, 'removalPolicy' | 'autoDeleteObjects'> {
  return { removalPolicy: removalPolicy(retain), autoDeleteObjects: retain ? undefined : true };
}
