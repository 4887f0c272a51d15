import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { removalPolicy } from '../storage/removal';

export interface EncryptionKeysProps {
  /** Start of the keys' aliases, e.g. `llm-cost-ops-prod`. */
  readonly aliasPrefix: string;
  /** Keep the keys when the stack is deleted; without them, what they encrypted cannot be read. */
  readonly retain: boolean;
}

/**
 * The customer managed keys: one for data at rest (database, cache, secrets, Kubernetes secrets), and one for log
 * groups, whose policy must let CloudWatch Logs use it. Both rotate every year.
 */
export class EncryptionKeys extends Construct {
  /** Key of data at rest. */
  readonly data: IKey;
  /** Key of log groups. */
  readonly logs: IKey;

  constructor(scope: Construct, id: string, props: EncryptionKeysProps) {
    super(scope, id);
    const data = this.key('Data', 'data at rest', `${props.aliasPrefix}-data`, props.retain);
    const logs = this.key('Logs', 'log groups', `${props.aliasPrefix}-logs`, props.retain);
    this.allowCloudWatchLogs(logs);
    // Exposed by ARN: a grant in a later stack then goes into the grantee's policy, because the key's policy trusts the
    // account. The key itself would have to name the later stack's role, which would be a circular reference.
    this.data = Key.fromKeyArn(this, 'DataByArn', data.keyArn);
    this.logs = Key.fromKeyArn(this, 'LogsByArn', logs.keyArn);
  }

  private key(id: string, what: string, alias: string, retain: boolean): Key {
    return new Key(this, id, {
      alias,
      description: `Encrypts ${what} of ${alias}`,
      enableKeyRotation: true,
      removalPolicy: removalPolicy(retain),
    });
  }

  private allowCloudWatchLogs(key: Key): void {
    const { partition, region, account } = Stack.of(this);
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CloudWatchLogs',
        principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'], // in a key policy: this key
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
          },
        },
      }),
    );
  }
}
