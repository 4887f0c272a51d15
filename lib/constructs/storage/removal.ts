import { RemovalPolicy } from 'aws-cdk-lib';

/**
 * What becomes of a resource when its stack goes. One that is kept is still removed when its very first deployment
 * is rolled back: it holds nothing then, and its fixed name would make every retry fail.
 */
export function removalPolicy(retain: boolean): RemovalPolicy {
  return retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}
