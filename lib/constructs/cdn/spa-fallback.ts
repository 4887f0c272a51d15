import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Function as CloudFrontFunction, FunctionCode, FunctionRuntime } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';

/**
 * CloudFront function that serves index.html for the web application's routes. Custom error responses could do the
 * same, but they apply to the whole distribution and would turn the API's 404 into a page with status 200.
 */
export class SpaFallback extends CloudFrontFunction {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      // Unique in the account, which several environments may share; the default name does not contain the stack.
      functionName: `${Stack.of(scope).stackName}-spa-fallback`,
      comment: 'Routes of the web application to index.html',
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromFile({ filePath: join(__dirname, 'functions', 'spa-fallback.js') }),
    });
  }
}
