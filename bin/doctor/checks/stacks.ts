import { isBusy, type LiveStack } from '../../cloud/read-stack';
import type { AccountCheck } from '../context';
import { type Answer, later, ok, problem } from '../finding';

/** Stacks in a state from which CloudFormation does not deploy. */
export const stacks: AccountCheck = {
  name: 'stacks',
  run: async ({ deployed }) => stackAnswers(deployed.stacks),
};

export function stackAnswers(live: readonly LiveStack[]): Answer[] {
  const answers = live.flatMap((stack) => {
    const state = `${stack.stackName} is ${stack.status}${stack.reason ? ` (${stack.reason})` : ''}`;
    return answerOf(stack, state) ?? [];
  });
  if (answers.length > 0) return answers;
  return [ok(live.length === 0 ? 'no stack exists yet' : `${live.length} stacks exist, and none is blocked`)];
}

/** Undefined: CloudFormation deploys the stack as it is. */
function answerOf({ isProtected, region, stackName, status }: LiveStack, state: string): Answer | undefined {
  const name = `--stack-name ${stackName} --region ${region}`;
  const unprotect = `aws cloudformation update-termination-protection --no-enable-termination-protection ${name}`;
  if (isBusy(status)) return later(state, 'the next deployment waits until the operation has ended');
  switch (status) {
    case 'ROLLBACK_COMPLETE':
    case 'ROLLBACK_FAILED':
      // The CDK deletes a stack that was never created, if it may.
      return isProtected ? problem(state, unprotect) : later(state, 'the next deployment deletes it first');
    case 'CREATE_FAILED':
    case 'DELETE_FAILED': {
      const remove = `aws cloudformation delete-stack ${name}`;
      return problem(state, isProtected ? `${unprotect} && ${remove}` : remove);
    }
    case 'UPDATE_ROLLBACK_FAILED':
      return problem(state, `aws cloudformation continue-update-rollback ${name}`);
    default:
      return undefined;
  }
}
