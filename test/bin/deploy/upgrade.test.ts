import { templateChanges } from '../../../bin/deploy/diff/template-diff';
import released from '../../fixtures/released-prod.json';
import { type ReleasedEnvironment, releasedEnvironment } from '../../helpers/cloud/stateful-resources';

/**
 * The last release, as test/helpers/cloud/write-released.ts wrote it down: write it again at a release, and never to
 * make this test pass.
 */
const before: ReleasedEnvironment = released;

let after: ReleasedEnvironment;
beforeAll(() => {
  after = releasedEnvironment('prod');
});

/** Changes of what the release had; new resources are no upgrade's problem. */
function losses(next: ReleasedEnvironment): string[] {
  return Object.entries(before.stacks).flatMap(([stack, template]) =>
    templateChanges(template, next.stacks[stack])
      .filter(({ action }) => action !== 'add')
      .map(
        ({ logicalId, type, action, properties }) => `${stack}/${logicalId} ${type} ${action} ${properties}`,
      ),
  );
}

it('replaces and removes nothing that holds state', () => {
  expect(
    Object.values(before.stacks).flatMap(({ Resources }) => Object.keys(Resources)).length,
  ).toBeGreaterThan(15);
  expect(losses(after)).toEqual([]);
});

it('keeps the selectors of Deployments, which Kubernetes refuses to change', () => {
  expect(after.selectors).toMatchObject(before.selectors);
});

it('would find another name of the database, and a database that is gone', () => {
  const data = 'llm-cost-ops-prod-data';
  const [id = ''] = Object.entries(before.stacks[data]?.Resources ?? {})
    .filter(([, { Type }]) => Type === 'AWS::RDS::DBInstance')
    .map(([logicalId]) => logicalId);
  const changed = structuredClone(after) as {
    stacks: Record<string, { Resources: Record<string, { Properties: object }> }>;
  };
  const resources = changed.stacks[data]?.Resources ?? {};
  resources[id] = { ...resources[id], Properties: { ...resources[id]?.Properties, DBName: 'another' } };
  expect(losses(changed as never)).toEqual([`${data}/${id} AWS::RDS::DBInstance replace DBName`]);
  delete resources[id];
  expect(losses(changed as never)).toEqual([`${data}/${id} AWS::RDS::DBInstance remove `]);
});
