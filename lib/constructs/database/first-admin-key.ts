import { Validations } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { FIRST_ADMIN_KEY_CHARACTERS } from '../../../service/contract';
import { removalPolicy } from '../storage/removal';
import { grantReadSecret } from './grant-read-secret';

export interface FirstAdminKeyProps {
  /** KMS key that encrypts the secret. */
  readonly encryptionKey: IKey;
  /** Keep the secret when the stack is deleted. */
  readonly retain: boolean;
}

/**
 * Secret with the first API key of the organisation, by which people make all others. The admin servers store its hash;
 * whoever may read the secret can log in with it.
 */
export class FirstAdminKey extends Construct {
  /** ARN of the secret. */
  readonly secretArn: string;

  private readonly secret: ISecret;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: FirstAdminKeyProps,
  ) {
    super(scope, id);
    const secret = new Secret(this, 'Secret', {
      description: 'First API key of the organisation',
      encryptionKey: props.encryptionKey,
      generateSecretString: { passwordLength: FIRST_ADMIN_KEY_CHARACTERS, excludePunctuation: true },
    });
    secret.applyRemovalPolicy(removalPolicy(props.retain));
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'The key is only for making other keys; the API replaces and revokes keys, the secret does not.',
    });
    this.secretArn = secret.secretArn;
    // Known by its ARN alone: a grant of the secret itself would change the policy of the key, in another stack.
    this.secret = Secret.fromSecretCompleteArn(this, 'Reader', secret.secretArn);
  }

  /** Lets `grantee` read the key. */
  grantRead(grantee: IGrantable): Grant {
    return grantReadSecret(grantee, this.secret, this.props.encryptionKey);
  }
}
