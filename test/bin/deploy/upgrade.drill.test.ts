import '../../helpers/fake-aws/errors-of-node';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../bin/deploy';
import { isStateful } from '../../../bin/deploy/diff/template-diff';
import { type DeploymentWorld, deploymentWorld } from '../../helpers/cloud/deployment-world';
import { ROOT } from '../../helpers/commands';
import { deployRevision } from '../../helpers/releases/deploy-revision';
import { runTypeScript } from '../../helpers/releases/released-tree';
import { describeWithHistory, FIRST_WITH_DEPLOY, lastRelease } from '../../helpers/releases/revisions';

/**
 * Resources with state that an upgrade removes on purpose, by environment and release: only where data may be lost
 * (`retainData: false`).
 */
const REMOVED_ON_PURPOSE: Readonly<Record<string, readonly string[]>> = {
  // The admin servers run from the API's image since then.
  'dev 0.1.0': ['llm-cost-ops-dev-cluster/AdminImagesF11D20BA AWS::ECR::Repository'],
};

const UPGRADES = [
  { environment: 'dev', from: lastRelease() },
  { environment: 'prod', from: lastRelease() },
  { environment: 'dev', from: FIRST_WITH_DEPLOY },
];

/** Folder with what this state of the repository renders. */
const today = mkdtempSync(join(tmpdir(), 'upgrade-'));
afterAll(() => rmSync(today, { recursive: true, force: true }));
const rendered = new Set<string>();

async function synthesize(environment: string): Promise<void> {
  if (rendered.has(environment)) return;
  rendered.add(environment);
  await runTypeScript(ROOT, 'bin/synth.ts', '--env', environment, '--out', today);
}

for (const { environment, from } of UPGRADES) {
  describeWithHistory(`npm run deploy on ${environment} of ${from.name}`, [from.revision], () => {
    let world: DeploymentWorld;
    let before: ReturnType<typeof stateOf>;
    beforeAll(async () => {
      world = await deploymentWorld(environment);
      await Promise.all([deployRevision(world, from), synthesize(environment)]);
      before = stateOf(world);
    });
    afterAll(() => world?.close());

    async function deploy(...argv: string[]) {
      const out: string[] = [];
      const errors: string[] = [];
      const terminal = {
        print: (line: string) => out.push(line),
        printError: (line: string) => errors.push(line),
      };
      const assembly = join(today, environment, 'cloudformation');
      const call = ['--env', environment, '--assembly', assembly, ...argv];
      const code = await main(call, terminal, world.surroundings());
      return { code, out: out.join('\n'), errors: code === 0 ? '' : errors.join('\n') };
    }

    it('shows beforehand what it removes, and replaces nothing', async () => {
      const { out } = await deploy('--dry-run');
      const removed = REMOVED_ON_PURPOSE[`${environment} ${from.name}`] ?? [];
      expect(out).not.toContain('REPLACE');
      expect(out.split('\n').filter((line) => line.includes('LOSES DATA'))).toHaveLength(removed.length);
      expect(out).not.toContain('Manifests: all are new');
      expect(out.startsWith('Replacements and removals:\n  LOSES DATA')).toBe(removed.length > 0);
    });

    it('ends with a record stored and read back', async () => {
      const { code, out, errors } = await deploy();
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      expect(out).toContain('record-1 stored and read back through the load balancer');
    });

    it('keeps every resource that holds state', () => {
      const after = new Map(stateOf(world).physicalIds);
      const lost = [...before.physicalIds].filter(([resource, id]) => after.get(resource) !== id);
      expect(lost.map(([resource]) => resource)).toEqual(
        REMOVED_ON_PURPOSE[`${environment} ${from.name}`] ?? [],
      );
    });

    it('keeps the selectors of Deployments', () => {
      expect(stateOf(world).selectors).toMatchObject(before.selectors);
    });

    it('leaves no field to what the former manifests were applied with', () => {
      expect(world.cluster.fieldsOnlyOf('kubectl')).toEqual([]);
    });

    it('changes nothing when it runs again', async () => {
      expect(await deploy('--dry-run')).toMatchObject({
        code: 0,
        out: 'Stacks: no changes\nManifests: no changes',
      });
    });
  });
}

/** What an upgrade has to keep. */
function stateOf({ cloud, cluster }: DeploymentWorld) {
  const { stacks } = cloud.cloudFormation.engine;
  const held = stacks.flatMap((stack) =>
    [...stack.resources, ...stack.retained].map(([id, { type, physicalId }]) => ({
      resource: `${stack.name}/${id} ${type}`,
      type,
      physicalId,
    })),
  );
  const stateful = held.filter(({ type }) => isStateful(type));
  const deployments = cluster.titles.filter((title) => title.startsWith('Deployment '));
  return {
    physicalIds: new Map(stateful.map(({ resource, physicalId }) => [resource, physicalId])),
    selectors: Object.fromEntries(
      deployments.map((title) => {
        const { spec } = cluster.get('Deployment', title.split('/').at(-1) ?? '') as {
          spec: { selector: unknown };
        };
        return [title, spec.selector];
      }),
    ),
  };
}
