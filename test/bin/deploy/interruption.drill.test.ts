import '../../helpers/fake-aws/errors-of-node';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type DeploymentWorld, deploymentWorld } from '../../helpers/cloud/deployment-world';
import { deploySmall, statusOf } from '../../helpers/cloud/small-deployment';
import { until } from '../../helpers/servers';

let world: DeploymentWorld;
beforeEach(async () => {
  world = await deploymentWorld();
});
afterEach(() => world.close());

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
  const { ended } = deploySmall(world, { signal: controller.signal });
  await untilTrue(() => statusOf(world, 'llm-cost-ops-dev-network') === 'CREATE_IN_PROGRESS');
  controller.abort(new Interrupted());
  const first = await ended;
  expect(first.code).toBe(130);
  expect(first.errors).toContain('npm run deploy again continues with the rest');
  expect(existsSync(join(world.root, '.deploy', 'dev.lock'))).toBe(false);

  const again = deploySmall(world);
  await untilTrue(() =>
    again.errors.some((line) => line.includes('waiting for an earlier deployment: Network')),
  );
  engine.held.clear();
  await again.ended;
  expect(statusOf(world, 'llm-cost-ops-dev-network')).toBe('CREATE_COMPLETE');
  expect(statusOf(world, 'llm-cost-ops-dev-data')).toBe('CREATE_COMPLETE');
});
