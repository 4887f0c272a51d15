import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { stringify } from 'yaml';

export interface SecretProviderClassProps {
  readonly name: string;
  /** Region of the secret. */
  readonly region: string;
  /** ARN of a secret of AWS Secrets Manager whose value is a JSON object. */
  readonly secretArn: string;
  /** Its fields to mount, a file each of the field's name. */
  readonly fields: readonly string[];
}

/**
 * Says what the Secrets Store CSI driver mounts: fields of a secret, read with the role that EKS Pod Identity gives to
 * the pod's service account. The secret's value is on the pod's memory only, never in a Secret of Kubernetes.
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
              // The driver mounts the whole value too; its name would be the ARN.
              objectAlias: 'secret.json',
              jmesPath: fields.map((field) => ({ path: field, objectAlias: field })),
            },
          ]),
        },
      },
    });
  }
}
