import { Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { STACK_IDS } from '../../lib/config/names';
import { UNTAGGED_TYPES } from '../../lib/untagged-resources';
import { platformStacks } from '../helpers/templates';

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** Every resource of an environment whose stacks have each of their tags, and one more, set to `value`. */
function resourcesWithTags(
  value: string,
  config: Parameters<typeof platformStacks>[0],
): Map<string, Resource> {
  const stacks = platformStacks(config);
  for (const key of ['project', 'environment', 'stack', 'cost-centre', 'version']) {
    for (const stack of Object.values(stacks)) Tags.of(stack).add(key, value, { priority: 1000 });
  }
  return new Map(
    STACK_IDS.flatMap((id) => {
      const { Resources = {} } = Template.fromStack(stacks[id]).toJSON() as {
        Resources?: Record<string, Resource>;
      };
      return Object.entries(Resources).map(
        ([logicalId, resource]) => [`${id}/${logicalId}`, resource] as const,
      );
    }),
  );
}

describe('a change of every tag', () => {
  const config = {
    loadBalancer: { exposure: 'cloudfront-only', cloudFrontPrefixListId: 'pl-3b927c52' },
  } as const;
  let before: ReadonlyMap<string, Resource>;
  let after: ReadonlyMap<string, Resource>;
  let changed: readonly string[];

  beforeAll(() => {
    before = resourcesWithTags('one', config);
    after = resourcesWithTags('two', config);
    changed = [...before.keys()].filter(
      (key) => JSON.stringify(before.get(key)) !== JSON.stringify(after.get(key)),
    );
  });

  test('updates most resources', () => {
    expect([...after.keys()]).toEqual([...before.keys()]);
    expect(changed.length).toBeGreaterThan(50);
  });

  test.each(UNTAGGED_TYPES)('does not touch %s, which refuses such an update', (type) => {
    const [resources, touched] = [[...before], changed.map((key) => [key, before.get(key)] as const)].map(
      (list) => list.filter(([, resource]) => resource?.Type === type),
    );
    expect(resources).toHaveLength(1);
    expect(touched).toEqual([]);
    expect(resources?.[0]?.[1]?.Properties).not.toHaveProperty('Tags');
  });

  test('changes nothing but tags', () => {
    const withoutTags = (resource: Resource | undefined) =>
      JSON.stringify(resource?.Properties, (key, value) =>
        /^(Resource)?Tags$/.test(key) ? undefined : value,
      );
    expect(changed.filter((key) => withoutTags(before.get(key)) !== withoutTags(after.get(key)))).toEqual([]);
  });
});
