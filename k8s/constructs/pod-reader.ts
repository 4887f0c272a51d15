import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';

const RBAC = 'rbac.authorization.k8s.io';

export interface PodReaderProps {
  /** Name of the ServiceAccount; Role and RoleBinding share it. */
  readonly name: string;
  /** Namespace of the ServiceAccount. */
  readonly namespace: string;
  /** Verbs of the Role on pods. */
  readonly verbs: readonly ('get' | 'list' | 'watch')[];
}

/** Role and RoleBinding that let a ServiceAccount read the pods of its own namespace, and nothing else. */
export class PodReader extends Construct {
  constructor(scope: Construct, id: string, { name, namespace, verbs }: PodReaderProps) {
    super(scope, id);
    new ApiObject(this, 'Role', {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata: { name },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: [...verbs] }],
    });
    new ApiObject(this, 'Binding', {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
  }
}
