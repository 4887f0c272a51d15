import { PROJECT } from '../names';

/** One of the two default ranges of EKS for Services; the other, 10.100.0.0/16, could overlap a VPC in 10.0.0.0/8. */
const SERVICE_CIDR = '172.20.0.0/16';

/** Defaults of a managed cluster; Auto Mode includes a load balancer controller. */
export function managedClusterDefaults(environment: string) {
  return {
    kind: 'managed',
    name: `${PROJECT}-${environment}`,
    version: '1.36',
    loadBalancerController: 'eks-auto-mode',
    verticalPodAutoscaler: 'managed',
    containerInsights: true,
    serviceCidr: SERVICE_CIDR,
    securityGroupId: null,
    endpoint: null,
    certificateAuthority: null,
    apiSecurityGroupId: null,
    adminRoleArns: [],
    createAdminRole: false,
    publicAccessCidrs: [],
    logRetentionDays: 90,
  };
}

/** Defaults of an existing cluster. */
export const EXISTING_CLUSTER_DEFAULTS = {
  kind: 'existing',
  verticalPodAutoscaler: true,
  containerInsights: false,
  serviceCidr: SERVICE_CIDR,
  endpoint: null,
  certificateAuthority: null,
  adminRoleArns: [],
  adminRoleName: null,
  publicAccessCidrs: [],
  logRetentionDays: 90,
};
