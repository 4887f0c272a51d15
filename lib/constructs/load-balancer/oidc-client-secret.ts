import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { grantReadSecret } from '../database/grant-read-secret';

export interface OidcClientSecretProps {
  /** Secret whose whole text is the client's secret, by its complete ARN. */
  readonly clientSecretArn: string;
  /** Customer-managed KMS key of the secret, by ARN; null: AWS's own key. */
  readonly clientSecretKeyArn: string | null;
}

/** The secret of the client at the identity provider, which people make. */
export class OidcClientSecret extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: OidcClientSecretProps,
  ) {
    super(scope, id);
  }

  /** Lets `grantee` read the secret. */
  grantRead(grantee: IGrantable): Grant {
    const { clientSecretArn, clientSecretKeyArn } = this.props;
    const secret = Secret.fromSecretCompleteArn(this, 'Secret', clientSecretArn);
    if (clientSecretKeyArn === null) return secret.grantRead(grantee);
    return grantReadSecret(grantee, secret, Key.fromKeyArn(this, 'Key', clientSecretKeyArn));
  }
}
