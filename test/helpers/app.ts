import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { context } from '../../cdk.json';

const assemblies: string[] = [];

afterAll(() => {
  for (const folder of assemblies) rmSync(folder, { recursive: true, force: true });
});

/** An app under the feature flags of cdk.json, which the CLI would pass in. Functions are not bundled. */
export function testApp(): App {
  const outdir = mkdtempSync(join(tmpdir(), 'cdk-'));
  assemblies.push(outdir);
  return new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] }, outdir });
}
