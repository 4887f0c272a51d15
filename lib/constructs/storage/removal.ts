import { RemovalPolicy } from 'aws-cdk-lib';

/**
 * What happens to a resource when its stack is deleted. A retained resource is still removed if its first deployment
 * is rolled back: it is empty then, and because of its fixed name every retry would fail.
 */
export function removalPolicy(retain: boolean): RemovalPolicy {
  return retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}
