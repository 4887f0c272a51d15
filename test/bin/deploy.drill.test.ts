import '../helpers/fake-aws/errors-of-node';
import { join } from 'node:path';
import type { Terminal } from '../../bin/cli/command';
import { main } from '../../bin/deploy';
import { type DeploymentWorld, deploymentWorld } from '../helpers/cloud/deployment-world';

let world: DeploymentWorld;
beforeAll(async () => {
  world = await deploymentWorld();
});
afterAll(() => world.close());

async function deploy(...argv: string[]) {
  const out: string[] = [];
  const errors: string[] = [];
  const terminal: Terminal = { print: (line) => out.push(line), printError: (line) => errors.push(line) };
  const code = await main(['--env', 'dev', ...argv], terminal, world.surroundings());
  return { code, out: out.join('\n'), errors: errors.join('\n') };
}

it('deploys dev from nothing, with the real CDK CLI', async () => {
  const { code, out, errors } = await deploy();
  expect(errors).toContain('== stacks');
  expect({ code, errors: code === 0 ? '' : errors }).toEqual({ code: 0, errors: '' });
  expect(out).toContain('dev is deployed');
  expect(out).toContain('record-1 stored and read back through the load balancer');
  expect(world.cluster.titles).toContain('Deployment llm-cost-ops/llm-cost-ops-api');
  // The temporary key is revoked.
  expect([...world.api.keys]).toEqual([]);
});

it('changes nothing when it runs again', async () => {
  const assembly = join(world.root, 'dist', 'dev', 'cloudformation');
  const dry = await deploy('--dry-run', '--assembly', assembly);
  expect(dry).toMatchObject({ code: 0, out: 'Stacks: no changes\nManifests: no changes' });
  const { code, out } = await deploy('--assembly', assembly);
  expect(code).toBe(0);
  expect(out).toMatch(/0 created, 0 changed, \d+ unchanged/);
});
