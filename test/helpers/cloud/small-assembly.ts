import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StackId, stackName } from '../../../lib/config/names';
import manifest from '../../../node_modules/@aws-cdk/cloud-assembly-schema/schema/version.json';
import type { DoubleTemplate } from './template';

/** A stack of a small assembly. */
export interface SmallStack {
  readonly id: StackId;
  readonly template: DoubleTemplate;
  /** @default none */
  readonly dependencies?: readonly StackId[];
  /** @default false */
  readonly terminationProtection?: boolean;
}

/** Writes a cloud assembly of a few small stacks of dev, which the CDK CLI deploys within seconds. */
export function writeAssembly(folder: string, stacks: readonly SmallStack[]): string {
  mkdirSync(folder, { recursive: true });
  const artifacts = stacks.map(({ id, template, dependencies = [], terminationProtection = false }) => {
    const templateFile = `${id}.template.json`;
    writeFileSync(join(folder, templateFile), JSON.stringify(template));
    const properties = { templateFile, terminationProtection, stackName: stackName('dev', id) };
    const environment = 'aws://111111111111/us-east-1';
    return [id, { type: 'aws:cloudformation:stack', environment, properties, dependencies }];
  });
  const version = `${manifest.revision}.0.0`;
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify({ version, artifacts: Object.fromEntries(artifacts) }),
  );
  return folder;
}
