import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/**
 * Lets `grantee` read a secret and decrypt it, through Secrets Manager only. A secret that is attached to a database,
 * or that RDS manages, does not know its KMS key, so the key is granted apart.
 */
export function grantReadSecret(grantee: IGrantable, secret: ISecret, encryptionKey: IKey): Grant {
  const decrypt = Grant.addToPrincipal({
    grantee,
    actions: ['kms:Decrypt'],
    resourceArns: [encryptionKey.keyArn],
    conditions: {
      StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(secret).region}.amazonaws.com` },
    },
  });
  return secret.grantRead(grantee).combine(decrypt);
}
