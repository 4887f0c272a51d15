import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AwsProblem, isMissing } from '../aws/aws-problem';
import { readCaller, refuseOtherAccount } from '../aws/caller';
import { UsageError } from '../cli/command';
import { environmentRegions } from '../cloud/environment-stacks';
import type { CloudContext } from '../cloud/machine';

/** Something that must hold before anything is made. */
export interface Precondition {
  /** Short name, such as bootstrap. */
  readonly name: string;
  /** What is wrong, a sentence with its remedy each; empty where it holds. Reads only. */
  readonly check: (context: CloudContext) => Promise<readonly string[]>;
}

/** Name of the parameter that `cdk bootstrap` writes; the CDK's default qualifier is in it. */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';

/** Bootstrap version that the assemblies of this CDK need. */
export const LEAST_BOOTSTRAP_VERSION = 6;

/** The account of the credentials must be the environment's; without it no other answer means anything. */
export async function refuseWrongAccount({ aws, config }: CloudContext): Promise<void> {
  refuseOtherAccount(await readCaller(aws, config.region), config.environment, config.account);
}

const bootstrap: Precondition = {
  name: 'bootstrap',
  check: async ({ aws, config: { account, environment, region } }) => {
    const problems = await Promise.all(
      environmentRegions({ environment, region }).map(async (where) => {
        const version = await bootstrapVersion({ aws }, where);
        if (version !== undefined && version >= LEAST_BOOTSTRAP_VERSION) return [];
        const state = version === undefined ? 'has no' : `has version ${version} of the`;
        return [
          `${where} of account ${account} ${state} bootstrap stack (${LEAST_BOOTSTRAP_VERSION} or later is needed); ` +
            `run: npx cdk bootstrap -c env=${environment}`,
        ];
      }),
    );
    return problems.flat();
  },
};

/** Version of the bootstrap stack in a region; undefined where there is none. @throws {AwsProblem} */
export async function bootstrapVersion(
  { aws }: Pick<CloudContext, 'aws'>,
  region: string,
): Promise<number | undefined> {
  const call = { action: 'ssm:GetParameter', region, target: BOOTSTRAP_PARAMETER };
  try {
    const { Parameter } = await aws.call(SSMClient, call, (client, abortSignal) =>
      client.send(new GetParameterCommand({ Name: BOOTSTRAP_PARAMETER }), { abortSignal }),
    );
    return Number(Parameter?.Value);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** What a deployment checks by itself. More checks are in the list that its caller passes. */
export const PRECONDITIONS: readonly Precondition[] = [bootstrap];

/**
 * Checks everything and collects all that is wrong.
 * @throws UsageError with a line for each problem
 */
export async function preflight(
  context: CloudContext,
  preconditions: readonly Precondition[] = PRECONDITIONS,
): Promise<void> {
  await refuseWrongAccount(context);
  const problems: string[] = [];
  for (const { name, check } of preconditions) {
    try {
      problems.push(...(await check(context)).map((problem) => `${name}: ${problem}`));
    } catch (error) {
      if (!(error instanceof AwsProblem)) throw error;
      problems.push(`${name}: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
}
