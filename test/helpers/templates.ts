import { Template } from 'aws-cdk-lib/assertions';
import { STACK_IDS, type StackId } from '../../lib/config/names';
import { createPlatform } from '../../lib/platform';
import type { PlatformStack } from '../../lib/stacks/platform-stack';
import { testApp } from './app';
import { testConfig } from './config';

/**
 * All stacks of an environment with some knobs changed. Not validated, which would take most of the time:
 * test/lib/synthesize.test.ts does that.
 */
export function platformStacks(...config: Parameters<typeof testConfig>): Record<StackId, PlatformStack> {
  process.env['CDK_VALIDATION'] = 'false';
  return createPlatform(testApp(), testConfig(...config));
}

/** Their templates. */
export function platformTemplates(...config: Parameters<typeof testConfig>): Record<StackId, Template> {
  const stacks = platformStacks(...config);
  return Object.fromEntries(STACK_IDS.map((id) => [id, Template.fromStack(stacks[id])])) as Record<
    StackId,
    Template
  >;
}

/** The only resource of a type: its properties. */
export function onlyResource(template: Template, type: string): Record<string, unknown> {
  const resources = Object.values(template.findResources(type));
  if (resources.length !== 1) throw new Error(`${resources.length} resources of type ${type}`);
  return (resources[0] as { Properties: Record<string, unknown> }).Properties;
}
