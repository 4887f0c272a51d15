import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { OUTPUTS } from '../../lib/config/names';
import { UsageError } from '../cli/command';
import type { CloudContext } from '../cloud/machine';
import type { LiveStack } from '../cloud/read-stack';

/** What the keys of the platform begin with; the secret holds the rest of the first key. */
const KEY_PREFIX = 'lco_';

/** ARN of the secret with the first key of the organisation. @throws UsageError where the Data stack has none */
export function firstKeySecret(stacks: readonly LiveStack[]): string {
  const { stack: id, key } = OUTPUTS.firstAdminKeySecretArn;
  const arn = stacks.find((stack) => stack.id === id)?.outputs[key];
  if (arn !== undefined) return arn;
  throw new UsageError(`the ${id} stack has no output ${key}; run npm run deploy again`);
}

/** Reads the first key of the organisation. @throws {AwsProblem} */
export async function readFirstKey({ aws, config }: CloudContext, arn: string): Promise<string> {
  const call = { action: 'secretsmanager:GetSecretValue', region: config.region, target: arn };
  const { SecretString = '' } = await aws.call(SecretsManagerClient, call, (client, abortSignal) =>
    client.send(new GetSecretValueCommand({ SecretId: arn }), { abortSignal }),
  );
  return `${KEY_PREFIX}${SecretString}`;
}
