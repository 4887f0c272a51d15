import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Function as CloudFrontFunction, FunctionCode, FunctionRuntime } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';

/**
 * Serves index.html for the web application's routes. Error responses that do the same hold for a whole
 * distribution, and would turn the API's 404 into a page with status 200.
 */
export class SpaFallback extends CloudFrontFunction {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      // Unique in the account, which several environments may share; the default name has no stack in it.
      functionName: `${Stack.of(scope).stackName}-spa-fallback`,
      comment: 'Routes of the web application to index.html',
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromFile({ filePath: join(__dirname, 'functions', 'spa-fallback.js') }),
    });
  }
}
