import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import cdkJson from '../../cdk.json';
import type { KubernetesDocument } from '../../k8s/manifest';
import { renderManifests } from '../../k8s/manifests';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { STACK_IDS } from '../../lib/config/names';
import { createPlatform } from '../../lib/platform';
import type { StackTemplate } from './resources';
import type { TemplateResources } from './resources/resource';

/** What an environment deploys. */
export interface SynthesizedEnvironment {
  readonly stacks: readonly StackTemplate[];
  readonly documents: readonly KubernetesDocument[];
}

/** Templates without the code of functions, which would take most of the time and costs nothing; not validated. */
export function synthesizeEnvironment(config: ResolvedConfig): SynthesizedEnvironment {
  const outdir = mkdtempSync(join(tmpdir(), 'cost-'));
  try {
    return withoutValidation(() => {
      const app = new App({ context: { ...cdkJson.context, 'aws:cdk:bundling-stacks': [] }, outdir });
      createPlatform(app, config);
      const assembly = app.synth();
      const stacks = STACK_IDS.map((id) => {
        const { template, environment } = assembly.getStackArtifact(id);
        return { id, region: environment.region, resources: (template.Resources ?? {}) as TemplateResources };
      });
      const documents = renderManifests(config).manifests.map(({ document }) => document);
      return { stacks, documents };
    });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** aws-cdk-lib asks this variable whether to validate. */
function withoutValidation<T>(work: () => T): T {
  const before = process.env['CDK_VALIDATION'];
  process.env['CDK_VALIDATION'] = 'false';
  try {
    return work();
  } finally {
    if (before === undefined) delete process.env['CDK_VALIDATION'];
    else process.env['CDK_VALIDATION'] = before;
  }
}
