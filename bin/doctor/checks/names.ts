import type { AccountCheck } from '../context';
import { resourceKey } from '../deployed';
import { type Answer, attempt, ok, problem } from '../finding';
import { LOOK_UPS, type LookUp } from './look-ups';
import { newResources, type TemplateResource } from './new-resources';

/** A resource with a fixed name that a deployment is going to create. */
export interface WantedName {
  readonly type: string;
  readonly name: string;
  readonly region: string;
}

/**
 * Fixed names that something else has: another environment's load balancer, or what a former deployment kept.
 * CloudFormation would fail with "already exists", after minutes.
 */
export const names: AccountCheck = {
  name: 'names',
  run: async ({ aws, deployed, templates }) => {
    const wanted = wantedNames(newResources(templates)).filter(({ name, type }) => {
      const id = resourceKey(type, name);
      // Load balancers, target groups and some others have their ARN as id, which contains the name.
      const isOurs = [...deployed.resources].some(
        (key) => key === id || (key.startsWith(`${type} arn:`) && key.includes(`/${name}/`)),
      );
      return !isOurs;
    });
    const answers = await Promise.all(
      wanted.map((one) =>
        attempt(`${one.type} ${one.name}`, async () => {
          const { exists } = lookUpOf(one);
          return (await exists(aws, one.region, one.name)) ? [takenAnswer(one)] : [];
        }),
      ),
    );
    const taken = answers.flat();
    return taken.length > 0 ? taken : [ok(`${wanted.length} fixed names are free`)];
  },
};

/** Names of the resources whose type can be looked up. */
export function wantedNames(resources: readonly TemplateResource[]): WantedName[] {
  return resources.flatMap(({ properties, region, type }) => {
    const name = LOOK_UPS[type] && properties[LOOK_UPS[type].property];
    return typeof name === 'string' ? [{ type, name, region }] : [];
  });
}

export function takenAnswer({ name, region, type }: WantedName): Answer {
  return problem(
    `${type} ${name} exists in ${region}, and is not in the environment's stacks`,
    lookUpOf({ type }).remedy(name, region),
  );
}

function lookUpOf({ type }: Pick<WantedName, 'type'>): LookUp {
  const lookUp = LOOK_UPS[type];
  if (!lookUp) throw new Error(`LOOK_UPS has no ${type}`);
  return lookUp;
}
