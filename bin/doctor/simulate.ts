import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import type { AwsSession } from '../aws/aws-session';

/** A question to IAM: may a principal do this with these? */
export interface SimulatedCall {
  /** ARN of a user or role. */
  readonly principal: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly region: string;
}

/** An action that IAM would refuse. */
export interface Refusal {
  readonly action: string;
  readonly resource: string;
  /** `implicitDeny`: nothing allows it. `explicitDeny`: a policy denies it. */
  readonly decision: string;
}

/**
 * What the principal's policies refuse. Policies of resources, such as the trust policy of a role, are not asked.
 * @throws {AwsProblem}
 */
export async function refusalsOf(
  aws: AwsSession,
  { actions, principal, region, resources }: SimulatedCall,
): Promise<Refusal[]> {
  const call = { action: 'iam:SimulatePrincipalPolicy', region, target: principal };
  const input = { PolicySourceArn: principal, ActionNames: [...actions], ResourceArns: [...resources] };
  const { EvaluationResults = [] } = await aws.call(IAMClient, call, (client, abortSignal) =>
    client.send(new SimulatePrincipalPolicyCommand(input), { abortSignal }),
  );
  return EvaluationResults.filter(({ EvalDecision }) => EvalDecision !== 'allowed').map(
    ({ EvalActionName = '', EvalDecision = '', EvalResourceName = '*' }) => ({
      action: EvalActionName,
      resource: EvalResourceName,
      decision: EvalDecision,
    }),
  );
}

/** ARN of a role of the CDK's bootstrap stack. */
export function bootstrapRole(
  kind: 'deploy' | 'file-publishing' | 'cfn-exec',
  account: string,
  region: string,
): string {
  return `arn:aws:iam::${account}:role/cdk-hnb659fds-${kind}-role-${account}-${region}`;
}
