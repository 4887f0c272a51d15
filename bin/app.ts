#!/usr/bin/env node
/** CDK app of one environment: `npx cdk synth|diff|deploy -c env=<name>`. */
import { App } from 'aws-cdk-lib';
import { loadEnvironment } from '../lib/config/resolve-config';
import { createPlatform } from '../lib/platform';
import { synthesizeStrictly } from '../lib/synthesize';
import { withBuiltImage } from './build-service/built-image';
import { expectedLines, refuseOldNode } from './cli/command';

refuseOldNode();
try {
  const app = new App();
  // The CDK sets the account of the credentials.
  const account = process.env.CDK_DEFAULT_ACCOUNT;
  createPlatform(app, withBuiltImage(loadEnvironment(app.node.tryGetContext('env'), {}, account)));
  synthesizeStrictly(app);
} catch (error) {
  for (const line of expectedLines(error)) console.error(line);
  process.exit(1);
}
