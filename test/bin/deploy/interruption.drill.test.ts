import '../../helpers/fake-aws/errors-of-node';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../../bin/deploy';
import { type DeploymentWorld, deploymentWorld } from '../../helpers/cloud/deployment-world';
import { type SmallStack, writeAssembly } from '../../helpers/cloud/small-assembly';
import { until } from '../../helpers/servers';

jest.setTimeout(60_000);

const QUEUE = 'AWS::SQS::Queue';
const NETWORK: SmallStack = {
  id: 'Network',
  template: { Resources: { Key: { Type: 'AWS::KMS::Key' }, Topic: { Type: 'AWS::SNS::Topic' } } },
};
const DATA: SmallStack = {
  id: 'Data',
  dependencies: ['Network'],
  template: { Resources: { Waiting: { Type: QUEUE }, Dead: { Type: QUEUE, DependsOn: 'Waiting' } } },
};

let world: DeploymentWorld;
beforeEach(async () => {
  world = await deploymentWorld();
});
afterEach(() => world.close());

function deploy({ signal, stacks = [NETWORK, DATA] }: { signal?: AbortSignal; stacks?: SmallStack[] } = {}) {
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

function statusOf(name: string): string | undefined {
  return world.cloud.cloudFormation.engine.stacks.findLast((stack) => stack.name === name)?.status;
}

function untilTrue(condition: () => boolean): Promise<void> {
  return until(async () => {
    if (!condition()) throw new Error('not yet');
  });
}

it('ends the CDK on Ctrl-C, and waits for what CloudFormation finishes by itself when it runs again', async () => {
  const { engine } = world.cloud.cloudFormation;
  engine.held.add('llm-cost-ops-dev-network');
  const controller = new AbortController();
  const { Interrupted } = await import('../../../bin/cloud/machine');
  const { ended } = deploy({ signal: controller.signal });
  await untilTrue(() => statusOf('llm-cost-ops-dev-network') === 'CREATE_IN_PROGRESS');
  controller.abort(new Interrupted());
  const first = await ended;
  expect(first.code).toBe(130);
  expect(first.errors).toContain('npm run deploy again continues with the rest');
  expect(existsSync(join(world.root, '.deploy', 'dev.lock'))).toBe(false);

  const again = deploy();
  await untilTrue(() =>
    again.errors.some((line) => line.includes('waiting for an earlier deployment: Network')),
  );
  engine.held.clear();
  await again.ended;
  expect(statusOf('llm-cost-ops-dev-network')).toBe('CREATE_COMPLETE');
  expect(statusOf('llm-cost-ops-dev-data')).toBe('CREATE_COMPLETE');
});
