import { App } from 'aws-cdk-lib';
import { context } from '../../cdk.json';

/** An app under the feature flags of cdk.json, which the CLI would pass in. Functions are not bundled. */
export function testApp(): App {
  return new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
}
