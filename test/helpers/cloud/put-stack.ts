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
  const { engine } = cloud.cloudFormation;
  const stack = engine.make(stackName(environment, id), 'us-east-1');
  const changes = changesBetween({ Resources: {} }, template);
  const templateText = JSON.stringify(template);
  engine.execute(stack, {
    name: 'put',
    id: 'put',
    templateText,
    template,
    changes,
    status: 'CREATE_COMPLETE',
    parameters: {},
    tags: [],
  });
  engine.advance();
  stack.isProtected = isProtected;
  return stack;
}
