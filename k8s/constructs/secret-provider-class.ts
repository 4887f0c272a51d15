import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { stringify } from 'yaml';

export interface SecretProviderClassProps {
  /** `metadata.name`; pods refer to it in a CSI volume. */
  readonly name: string;
  /** AWS region of the secret, e.g. `us-east-1`. */
  readonly region: string;
  /** ARNs of secrets in AWS Secrets Manager by a name of ours; the value of each is a JSON object. */
  readonly secretArns: Readonly<Record<string, string>>;
  /** Fields of these objects to mount; each becomes a file `<name of the secret>-<field>`. */
  readonly fields: readonly string[];
}

/**
 * SecretProviderClass of the Secrets Store CSI driver: it mounts fields of secrets, which it reads with the role that
 * EKS Pod Identity gives the pod's service account. The values are kept in the pod's memory only, never in a Kubernetes
 * Secret.
 */
export class SecretProviderClass extends Construct {
  constructor(scope: Construct, id: string, { name, region, secretArns, fields }: SecretProviderClassProps) {
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
          objects: stringify(
            Object.entries(secretArns).map(([secret, arn]) => ({
              objectName: arn,
              objectType: 'secretsmanager',
              // The driver also mounts the whole value; without an alias the file name would be the ARN.
              objectAlias: `${secret}.json`,
              jmesPath: fields.map((field) => ({ path: field, objectAlias: `${secret}-${field}` })),
            })),
          ),
        },
      },
    });
  }
}
