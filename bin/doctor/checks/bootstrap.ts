import { environmentRegions } from '../../cloud/environment-stacks';
import { bootstrapVersion, LEAST_BOOTSTRAP_VERSION } from '../../deploy/preflight';
import type { AccountCheck } from '../context';
import { type Answer, attempt, ok, problem } from '../finding';

/** The CDK's bootstrap stack, in every region of the environment. */
export const bootstrap: AccountCheck = {
  name: 'bootstrap',
  run: async ({ aws, config }) => {
    const regions = environmentRegions(config);
    const answers = await Promise.all(
      regions.map((region) =>
        attempt(region, async () => [
          bootstrapAnswer(region, config.account, await bootstrapVersion({ aws }, region)),
        ]),
      ),
    );
    return answers.flat();
  },
};

/** @param version of the bootstrap stack; undefined: there is none */
export function bootstrapAnswer(region: string, account: string, version: number | undefined): Answer {
  if (version !== undefined && version >= LEAST_BOOTSTRAP_VERSION) {
    return ok(`${region} is bootstrapped, version ${version}`);
  }
  const state = version === undefined ? 'is not bootstrapped' : `has bootstrap version ${version}`;
  return problem(
    `${region} ${state}; the CDK needs version ${LEAST_BOOTSTRAP_VERSION}`,
    `npx cdk bootstrap aws://${account}/${region}`,
  );
}
