import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { stringify } from 'yaml';

export interface SecretProviderClassProps {
  /** `metadata.name`; pods refer to it in a CSI volume. */
  readonly name: string;
  /** AWS region of the secret, e.g. `us-east-1`. */
  readonly region: string;
  /** ARN of a secret in AWS Secrets Manager whose value is a JSON object. */
  readonly secretArn: string;
  /** Fields of that object to mount; each becomes a file of the field's name. */
  readonly fields: readonly string[];
}

/**
 * SecretProviderClass of the Secrets Store CSI driver: it mounts fields of a secret, which it reads with the role that
 * EKS Pod Identity gives the pod's service account. The value is kept in the pod's memory only, never in a Kubernetes
 * Secret.
 */
export class SecretProviderClass extends Construct {
  constructor(scope: Construct, id: string, { name, region, secretArn, fields }: SecretProviderClassProps) {
    super(scope, id);
    new ApiObject(this, 'Resource', {
      apiVersion: 'secrets-store.csi.x-k8s.io/v1',
      kind: 'SecretProviderClass',
      metadata: { name },
      spec: {
        provider: 'aws',
        parameters: {
          region,
          usePodIdentity: 'true',
          objects: stringify([
            {
              objectName: secretArn,
              objectType: 'secretsmanager',
              // The driver also mounts the whole value; without an alias the file name would be the ARN.
              objectAlias: 'secret.json',
              jmesPath: fields.map((field) => ({ path: field, objectAlias: field })),
            },
          ]),
        },
      },
    });
  }
}
