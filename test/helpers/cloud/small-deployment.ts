import { join } from 'node:path';
import { main } from '../../../bin/deploy';
import type { DeploymentWorld } from './deployment-world';
import { type SmallStack, writeAssembly } from './small-assembly';

const QUEUE = 'AWS::SQS::Queue';

/** Two stacks with little in them, which take their time in the double as others do. */
export const NETWORK: SmallStack = {
  id: 'Network',
  template: { Resources: { Key: { Type: 'AWS::KMS::Key' }, Topic: { Type: 'AWS::SNS::Topic' } } },
};
export const DATA: SmallStack = {
  id: 'Data',
  dependencies: ['Network'],
  template: { Resources: { Waiting: { Type: QUEUE }, Dead: { Type: QUEUE, DependsOn: 'Waiting' } } },
};

export interface SmallDeploymentProps {
  /** Interrupts the deployment. @default - nothing does */
  readonly signal?: AbortSignal;
  /** @default - NETWORK and DATA */
  readonly stacks?: SmallStack[];
}

/** Begins a deployment of a few small stacks as dev. */
export function deploySmall(
  world: DeploymentWorld,
  { signal, stacks = [NETWORK, DATA] }: SmallDeploymentProps = {},
) {
  const assembly = writeAssembly(join(world.root, 'assembly'), stacks);
  const errors: string[] = [];
  const terminal = { print: () => undefined, printError: (line: string) => errors.push(line) };
  const argv = ['--env', 'dev', '--assembly', assembly, '--yes'];
  const ended = main(argv, terminal, world.surroundings(signal)).then((code) => ({
    code,
    errors: errors.join('\n'),
  }));
  return { ended, errors };
}

/** Status of the newest stack of a name; undefined where there was none. */
export function statusOf(world: DeploymentWorld, name: string): string | undefined {
  return world.cloud.cloudFormation.engine.stacks.findLast((stack) => stack.name === name)?.status;
}
