import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import cdkJson from '../../cdk.json';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { STACK_IDS, stackName } from '../../lib/config/names';
import { createPlatform } from '../../lib/platform';
import type { DashboardBody } from './read-cloudwatch';
import { resolveText, type Template } from './resolve-references';

/** Functions are not needed for dashboards, and to bundle them takes most of the time. */
const CONTEXT = { ...cdkJson.context, 'aws:cdk:bundling-stacks': [] };

/** The bodies of an environment's dashboards by their names, with placeholders for what a deployment makes. */
export function cloudWatchDashboards(config: ResolvedConfig): Record<string, DashboardBody> {
  const { account, environment, region } = config;
  const templates = synthesize(config);
  const stack = stackName(environment, 'Observability');
  const dashboards = Object.values(templates[stack]?.Resources ?? {}).filter(
    ({ Type }) => Type === 'AWS::CloudWatch::Dashboard',
  );
  return Object.fromEntries(
    dashboards.map(({ Properties = {} }) => [
      String(Properties['DashboardName']),
      JSON.parse(resolveText(Properties['DashboardBody'], stack, { account, region, templates })),
    ]),
  );
}

function synthesize(config: ResolvedConfig): Record<string, Template> {
  const outdir = mkdtempSync(join(tmpdir(), 'dashboards-'));
  try {
    const app = new App({ context: CONTEXT, outdir });
    createPlatform(app, config);
    const assembly = app.synth();
    return Object.fromEntries(
      STACK_IDS.map((id) => {
        const { stackName: name, template } = assembly.getStackArtifact(id);
        return [name, template as Template];
      }),
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
