import { Validations } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { grantReadSecret } from '../database/grant-read-secret';
import { removalPolicy } from '../storage/removal';

/** Length of the key that signs webhooks: letters and digits, 285 random bits. */
const SIGNING_KEY_CHARACTERS = 48;

/** What the secret holds before anybody fills it in; CloudFormation adds the generated key. */
const TEMPLATE = JSON.stringify({ providers: {}, projects: {} });

export interface ProviderKeysProps {
  /** KMS key that encrypts the secret. */
  readonly encryptionKey: IKey;
  /** Keep the secret when the stack is deleted. */
  readonly retain: boolean;
}

/**
 * Secret with the keys of LLM providers, `{ webhook_signing_key, providers: { <name>: <key> }, projects: { <project id>: {
 * <name>: <key> } } }`. People put the keys in (docs/deploying.md). The template must never change: CloudFormation would
 * generate the secret again, without their keys.
 */
export class ProviderKeys extends Construct {
  /** ARN of the secret. */
  readonly secretArn: string;

  private readonly secret: ISecret;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ProviderKeysProps,
  ) {
    super(scope, id);
    const secret = new Secret(this, 'Secret', {
      description: 'Keys of LLM providers, and the key that signs webhooks',
      encryptionKey: props.encryptionKey,
      generateSecretString: {
        secretStringTemplate: TEMPLATE,
        generateStringKey: 'webhook_signing_key',
        passwordLength: SIGNING_KEY_CHARACTERS,
        excludePunctuation: true,
      },
    });
    secret.applyRemovalPolicy(removalPolicy(props.retain));
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Only the providers can make new keys; the pods read a changed secret within minutes.',
    });
    this.secretArn = secret.secretArn;
    // Known by its ARN alone: a grant of the secret itself would change the policy of the key, in another stack.
    this.secret = Secret.fromSecretCompleteArn(this, 'Reader', secret.secretArn);
  }

  /** Lets `grantee` read the keys. */
  grantRead(grantee: IGrantable): Grant {
    return grantReadSecret(grantee, this.secret, this.props.encryptionKey);
  }
}
