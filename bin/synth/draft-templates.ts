import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import cdkJson from '../../cdk.json';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { STACK_IDS } from '../../lib/config/names';
import { createPlatform } from '../../lib/platform';

/** A resource of a CloudFormation template. */
export interface TemplateResource {
  /** CloudFormation's resource type. */
  readonly Type: string;
  /** @default - the type needs no property */
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** The parts of a template that commands read. */
export interface Template {
  /** By logical id. */
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  /** By logical id. @default - the stack has no outputs */
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** A stack with its template. */
export interface DraftStack {
  /** Construct id of the stack, such as Network. */
  readonly id: string;
  /** Name in CloudFormation, such as llm-cost-ops-dev-network. */
  readonly stackName: string;
  /** AWS region that the stack is deployed to. */
  readonly region: string;
  /** Resources and outputs of its template. */
  readonly template: Template;
}

/**
 * The templates of an environment for commands that read them and do not deploy them: functions are not bundled and
 * nothing is validated, which together take most of the time of a synth.
 */
export function draftTemplates(config: ResolvedConfig): DraftStack[] {
  const outdir = mkdtempSync(join(tmpdir(), 'templates-'));
  try {
    const app = new App({
      context: { ...cdkJson.context, 'aws:cdk:bundling-stacks': [] },
      builtinCloudFormationValidation: false,
      outdir,
    });
    createPlatform(app, config);
    const assembly = app.synth();
    return STACK_IDS.map((id) => {
      const { environment, stackName, template } = assembly.getStackArtifact(id);
      const { Resources = {}, Outputs } = template as Partial<Template>;
      return { id, stackName, region: environment.region, template: { Resources, Outputs } };
    });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
