import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAssembly } from '../../../bin/deploy/stacks/assembly';
import { type StackId, stackName } from '../../../lib/config/names';
import type { CloudDouble } from './cloud-double';
import type { DoubleStack } from './double-stack';
import { changesBetween, type DoubleTemplate } from './template';

/** Puts a deployed stack of an environment into the double, without the CDK. */
export function putStack(
  cloud: CloudDouble,
  id: StackId,
  template: DoubleTemplate,
  { environment = 'dev', isProtected = false } = {},
): DoubleStack {
  const place = { name: stackName(environment, id), region: 'us-east-1' };
  return put(cloud, { ...place, isProtected, templateText: JSON.stringify(template) });
}

/** Puts the stacks of a cloud assembly into the double as if they had been deployed, in their order. */
export function putAssembly(cloud: CloudDouble, directory: string): void {
  for (const { id, stackName: name, region, isProtected } of readAssembly(directory)) {
    const templateText = readFileSync(join(directory, `${id}.template.json`), 'utf8');
    put(cloud, { name, region, isProtected, templateText });
  }
}

interface PutStack {
  readonly name: string;
  readonly region: string;
  readonly isProtected: boolean;
  readonly templateText: string;
}

function put(cloud: CloudDouble, { name, region, isProtected, templateText }: PutStack): DoubleStack {
  const { engine } = cloud.cloudFormation;
  const template = JSON.parse(templateText) as DoubleTemplate;
  const stack = engine.make(name, region);
  const changes = changesBetween({ Resources: {} }, template);
  const defaults = Object.entries(template.Parameters ?? {}).map(([key, { Default = '' }]) => [key, Default]);
  engine.execute(stack, {
    name: 'put',
    id: 'put',
    templateText,
    template,
    changes,
    status: 'CREATE_COMPLETE',
    parameters: Object.fromEntries(defaults),
    tags: [],
  });
  engine.advance();
  stack.isProtected = isProtected;
  return stack;
}
