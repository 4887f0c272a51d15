import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { UsageError } from '../cli/command';
import type { AwsSession } from './aws-session';

/** Who the credentials belong to. */
export interface Caller {
  /** AWS account id, 12 digits. */
  readonly account: string;
  /** ARN of the user, the session of a role, or the root user. */
  readonly arn: string;
  /** ARN of the user or role as IAM's policies name it; for a session of a role, the role without its path. */
  readonly principalArn: string;
}

/** Asks STS whose credentials these are; needs no permission. @throws {AwsProblem} */
export async function readCaller(aws: AwsSession, region: string): Promise<Caller> {
  const call = { action: 'sts:GetCallerIdentity', region };
  const { Account = '', Arn = '' } = await aws.call(STSClient, call, (client, abortSignal) =>
    client.send(new GetCallerIdentityCommand({}), { abortSignal }),
  );
  return { account: Account, arn: Arn, principalArn: principalArnOf(Arn) };
}

/** `arn:aws:sts::1:assumed-role/Admin/session` is a session of `arn:aws:iam::1:role/Admin`. */
export function principalArnOf(arn: string): string {
  const [, partition, account, role] = /^arn:([\w-]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return role === undefined ? arn : `arn:${partition}:iam::${account}:role/${role}`;
}

/** @throws UsageError where the credentials belong to another account than the environment */
export function refuseOtherAccount({ account, arn }: Caller, environment: string, wanted: string): void {
  if (account === wanted) return;
  throw new UsageError(
    `the credentials belong to account ${account} (${arn}), and ${environment}.account is ${wanted}; set AWS_PROFILE ` +
      `to a profile of account ${wanted}, or ${environment}.account in lib/config/environments.ts`,
  );
}
