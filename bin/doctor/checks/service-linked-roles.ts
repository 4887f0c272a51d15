import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { AccountCheck, AccountContext } from '../context';
import { type Answer, attempt, isAbsent, ok, problem } from '../finding';
import { bootstrapRole, refusalsOf } from '../simulate';

/** Roles that AWS's services act with; the first resource of a service creates its role. */
export const ROLES: Readonly<Record<string, string>> = {
  AWSServiceRoleForAmazonEKS: 'eks.amazonaws.com',
  AWSServiceRoleForElastiCache: 'elasticache.amazonaws.com',
  AWSServiceRoleForElasticLoadBalancing: 'elasticloadbalancing.amazonaws.com',
  AWSServiceRoleForRDS: 'rds.amazonaws.com',
};

/** Each role exists, or the role that deploys may create it. */
export const serviceLinkedRoles: AccountCheck = {
  name: 'service-linked-roles',
  run: async (context) => {
    const missing = await missingRoles(context);
    if (missing.length === 0) return [ok('the service-linked roles exist')];
    const { account, region } = context.config;
    const principal = bootstrapRole('cfn-exec', account, region);
    return attempt(`service-linked roles that do not exist (${missing.join(', ')})`, async () => {
      const actions = ['iam:CreateServiceLinkedRole'];
      const refusals = await refusalsOf(context.aws, { principal, actions, resources: ['*'], region });
      return roleAnswers(missing, refusals.length === 0);
    });
  },
};

export function roleAnswers(missing: readonly string[], canCreate: boolean): Answer[] {
  if (canCreate) return [ok(`the deployment creates the service-linked roles ${missing.join(', ')}`)];
  return missing.map((name) =>
    problem(
      `the service-linked role ${name} does not exist, and the role that deploys may not create it`,
      `aws iam create-service-linked-role --aws-service-name ${ROLES[name]}`,
    ),
  );
}

async function missingRoles({ aws, config: { region } }: AccountContext): Promise<string[]> {
  const found = await Promise.all(
    Object.keys(ROLES).map(async (name) => {
      try {
        await aws.call(IAMClient, { action: 'iam:GetRole', region, target: name }, (client, abortSignal) =>
          client.send(new GetRoleCommand({ RoleName: name }), { abortSignal }),
        );
        return [];
      } catch (error) {
        if (isAbsent(error)) return [name];
        throw error;
      }
    }),
  );
  return found.flat();
}
