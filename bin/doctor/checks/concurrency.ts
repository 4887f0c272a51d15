import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { AccountCheck } from '../context';
import { resourceKey } from '../deployed';
import { type Answer, ok, problem } from '../finding';
import { newResources } from './new-resources';

/**
 * Lambda refuses a reservation that leaves less than this without one.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
const KEPT_FREE = 100;

/** Reserved concurrency of the functions that do not exist yet; new accounts have a limit of 10. */
export const concurrency: AccountCheck = {
  name: 'lambda-concurrency',
  run: async ({ aws, config: { region }, deployed, templates }) => {
    const call = { action: 'lambda:GetAccountSettings', region };
    const { AccountLimit = {} } = await aws.call(LambdaClient, call, (client, abortSignal) =>
      client.send(new GetAccountSettingsCommand({}), { abortSignal }),
    );
    const reserved = newResources(templates)
      .filter(({ type }) => type === 'AWS::Lambda::Function')
      .filter(
        ({ properties: { FunctionName } }) =>
          !deployed.resources.has(resourceKey('AWS::Lambda::Function', String(FunctionName))),
      )
      .reduce((sum, { properties }) => sum + (Number(properties['ReservedConcurrentExecutions']) || 0), 0);
    const { ConcurrentExecutions: limit = 0, UnreservedConcurrentExecutions: free = 0 } = AccountLimit;
    return [concurrencyAnswer({ reserved, limit, free })];
  },
};

/**
 * @param reserved concurrency that a deployment reserves
 * @param limit concurrency of the account in the region
 * @param free part of it that nobody has reserved
 */
export function concurrencyAnswer({
  reserved,
  limit,
  free,
}: {
  readonly reserved: number;
  readonly limit: number;
  readonly free: number;
}): Answer {
  if (reserved === 0 || free - reserved >= KEPT_FREE) {
    return ok(`${reserved} of ${free} unreserved concurrent executions will be reserved`);
  }
  return problem(
    `the functions reserve ${reserved} concurrent executions, and ${KEPT_FREE} must stay unreserved; ${free} of ${limit} are`,
    `aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value ${Math.max(1000, limit - free + reserved + KEPT_FREE)}`,
  );
}
