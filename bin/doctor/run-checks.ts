import type { ResolvedConfig } from '../../lib/config/environment-config';
import type { AwsSession } from '../aws/aws-session';
import type { Caller } from '../aws/caller';
import { environmentStacks } from '../cloud/environment-stacks';
import type { StackTemplate } from '../cost/resources';
import { draftTemplates } from '../synth/draft-templates';
import type { AccountContext, Check, LocalContext } from './context';
import { readDeployed } from './deployed';
import { attempt, type Finding } from './finding';

/** What checks of the account need besides the configuration. @throws {AwsProblem} */
export async function accountContext(
  aws: AwsSession,
  local: LocalContext,
  caller: Caller,
): Promise<AccountContext> {
  const { templatesOf = draftedTemplates } = local.surroundings;
  const templates = templatesOf(local.config);
  const deployed = await readDeployed(aws, environmentStacks(local.config));
  return { ...local, aws, caller, templates, deployed };
}

/** The templates of an environment, without the code of functions. */
export function draftedTemplates(config: ResolvedConfig): StackTemplate[] {
  return draftTemplates(config).map(({ id, region, template }) => ({
    id,
    region,
    resources: template.Resources,
  }));
}

/** Makes all checks at the same time; the findings keep the order of the checks. */
export async function runChecks<Context>(
  checks: readonly Check<Context>[],
  context: Context,
  say: (line: string) => void,
): Promise<Finding[]> {
  let done = 0;
  const findings = await Promise.all(
    checks.map(async ({ name, run }) => {
      const answers = await attempt(name, () => run(context));
      done += 1;
      say(`${done}/${checks.length} ${name}`);
      return answers.map((answer) => ({ check: name, ...answer }));
    }),
  );
  return findings.flat();
}
