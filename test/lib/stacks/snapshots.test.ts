import { STACK_IDS } from '../../../lib/config/names';
import { COMMON_TAGS, reviewable } from '../../helpers/reviewable';
import { platformTemplates } from '../../helpers/templates';

interface TaggedResource {
  readonly Properties?: { readonly Tags?: readonly { readonly Key: string }[] };
}

// The sandbox differs from dev in few resources: sandbox.test.ts states them.
describe.each(['dev', 'staging', 'prod'])('%s', (environment) => {
  const templates = platformTemplates({}, environment);

  test.each(STACK_IDS)('%s is as reviewed', (id) => {
    expect(reviewable(templates[id].toJSON())).toMatchSnapshot();
  });

  test.each(STACK_IDS)('%s allows no whole service, or more, on every resource', (id) => {
    const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::Role'].flatMap((type) =>
      Object.values(templates[id].findResources(type)),
    );
    const broad = policies
      .flatMap(({ Properties }) => [Properties.PolicyDocument, ...(Properties.Policies ?? [])])
      .flatMap((policy) => policy?.Statement ?? policy?.PolicyDocument?.Statement ?? [])
      .filter(({ Effect, Resource }) => Effect === 'Allow' && [Resource].flat().includes('*'))
      .filter(({ Action }) => [Action].flat().some((action) => /^\*$|:\*$/.test(action)));
    expect(broad).toEqual([]);
  });

  test.each(STACK_IDS)('%s tags whatever carries tags as a list', (id) => {
    const resources = Object.entries(templates[id].toJSON().Resources as Record<string, TaggedResource>);
    const untagged = resources
      .filter(([, { Properties }]) => Array.isArray(Properties?.Tags))
      .filter(
        ([, { Properties }]) => !COMMON_TAGS.every((tag) => Properties?.Tags?.some(({ Key }) => Key === tag)),
      )
      .map(([logicalId]) => logicalId);
    expect(untagged).toEqual([]);
  });
});
