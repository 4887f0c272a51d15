import { environmentRegions } from '../../cloud/environment-stacks';
import type { AccountCheck } from '../context';
import { type Answer, attempt, ok, problem } from '../finding';
import { bootstrapRole, type Refusal, refusalsOf } from '../simulate';

/** What the commands call with the credentials themselves, and not with a role of the bootstrap stack. */
const OWN_ACTIONS = [
  'cloudformation:DescribeStacks',
  'cloudformation:DescribeStackEvents',
  'eks:DescribeCluster',
  'secretsmanager:GetSecretValue',
  'ssm:GetParameter',
];

/** May these credentials deploy? Almost everything happens in the roles of the bootstrap stack. */
export const rights: AccountCheck = {
  name: 'rights',
  run: async ({ aws, caller, config }) => {
    const { account, cluster, region } = config;
    if (caller.arn.endsWith(':root')) return [rootAnswer(account)];
    const roles = environmentRegions(config).flatMap((where) =>
      (['deploy', 'file-publishing'] as const).map((kind) => bootstrapRole(kind, account, where)),
    );
    const admin = cluster.adminRoleArns.includes(caller.principalArn) ? [] : cluster.adminRoleArns.slice(-1);
    const ask = { principal: caller.principalArn, region };
    const answers = await Promise.all([
      attempt('roles of the deployment', async () =>
        rightsAnswers(
          'may assume the roles of the bootstrap stack and of the cluster',
          await refusalsOf(aws, { ...ask, actions: ['sts:AssumeRole'], resources: [...roles, ...admin] }),
        ),
      ),
      attempt('rights of the commands', async () =>
        rightsAnswers(
          'may read stacks, cluster, secrets and parameters',
          await refusalsOf(aws, { ...ask, actions: OWN_ACTIONS, resources: ['*'] }),
        ),
      ),
    ]);
    return answers.flat();
  },
};

export function rootAnswer(account: string): Answer {
  return problem(
    `the credentials are those of the root user of ${account}, who can assume no role`,
    'create an administrator: a role of IAM Identity Center, or an IAM user with AdministratorAccess',
  );
}

export function rightsAnswers(good: string, refusals: readonly Refusal[]): Answer[] {
  if (refusals.length === 0) return [ok(`the caller ${good}`)];
  return refusals.map(({ action, decision, resource }) =>
    problem(
      `the caller has no ${action} on ${resource} (${decision})`,
      decision === 'explicitDeny'
        ? 'a policy denies it: ask whoever manages the boundaries and organisation policies of the account'
        : `allow ${action} on ${resource} in a policy of the user or role`,
    ),
  );
}
