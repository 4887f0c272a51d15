import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  AccessPolicy,
  AccessScopeType,
  Addon,
  Cluster,
  ClusterLoggingTypes,
  DefaultCapacityType,
  EndpointAccess,
  KubernetesVersion,
} from 'aws-cdk-lib/aws-eks-v2';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EncryptedLogGroup } from '../storage/encrypted-log-group';

/**
 * Add-ons in addition to what Auto Mode runs itself (networking, DNS, storage, load balancing, Pod Identity). The Pod
 * Identity agent starts on other nodes than Auto Mode's only, if some are added.
 */
const ADDONS = ['metrics-server', 'eks-pod-identity-agent'] as const;

/** AWS's provider of the Secrets Store CSI driver, with the driver. */
const SECRETS_STORE_ADDON = 'aws-secrets-store-csi-driver-provider';

/** PgBouncer reads the file of a password again; without rotation the file would keep the old one. */
const SECRETS_STORE_CONFIGURATION = {
  'secrets-store-csi-driver': { enableSecretRotation: true, rotationPollInterval: '1m' },
};

/** Managed policies that EKS documents for the roles of an Auto Mode cluster and of its nodes. */
const MANAGED_POLICIES = [
  'AmazonEKSClusterPolicy',
  'AmazonEKSComputePolicy',
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingPolicy',
  'AmazonEKSWorkerNodePolicy',
  'AmazonEC2ContainerRegistryReadOnly',
] as const;

export interface EksClusterProps {
  /** VPC whose private subnets the nodes run in. */
  readonly vpc: IVpc;
  /** Name of the cluster, unique in account and region. */
  readonly clusterName: string;
  /** Kubernetes version, `1.minor`. */
  readonly version: string;
  /** IPv4 range of Service addresses, CIDR; EKS cannot change it later. */
  readonly serviceCidr: string;
  /** KMS key that encrypts Kubernetes Secrets. */
  readonly encryptionKey: IKey;
  /** KMS key of the log group; its policy lets CloudWatch Logs use it. */
  readonly logsKey: IKey;
  /** Days that control plane logs are kept; CloudWatch Logs accepts certain numbers only, e.g. 30. */
  readonly logRetentionDays: number;
  /** ARNs of the IAM roles that administer the cluster. */
  readonly adminRoleArns: readonly string[];
  /** Name of the role among them that is created here; null creates none. */
  readonly adminRoleName: string | null;
  /** Addresses outside the VPC that may reach the Kubernetes API, CIDR; an empty list keeps the API private. */
  readonly publicAccessCidrs: readonly string[];
  /** Install the Secrets Store CSI driver, which mounts secrets into pods. */
  readonly secretsStore: boolean;
  /** Keep the logs when the stack is deleted. */
  readonly retain: boolean;
}

/** EKS with Auto Mode: AWS runs nodes, networking and load balancing. */
export class EksCluster extends Construct {
  /** Name of the cluster, after it is created. */
  readonly clusterName: string;
  /** HTTPS address of the Kubernetes API. */
  readonly endpoint: string;
  /** Certificate authority of the Kubernetes API, PEM in base64. */
  readonly certificateAuthority: string;
  /** Security group of nodes, pods and the Kubernetes API. */
  readonly securityGroup: ISecurityGroup;

  private readonly props: EksClusterProps;
  private readonly cluster: Cluster;

  constructor(scope: Construct, id: string, props: EksClusterProps) {
    super(scope, id);
    this.props = props;
    this.cluster = this.createCluster();
    this.clusterName = this.cluster.clusterName;
    this.endpoint = this.cluster.clusterEndpoint;
    this.certificateAuthority = this.cluster.clusterCertificateAuthorityData;
    this.securityGroup = this.cluster.clusterSecurityGroup;
    this.installAddons();
    this.admitAdmins();
  }

  private createCluster(): Cluster {
    const { props } = this;
    const logGroup = new EncryptedLogGroup(this, 'Logs', {
      logGroupName: `/aws/eks/${props.clusterName}/cluster`, // EKS writes to this name only
      retentionDays: props.logRetentionDays,
      encryptionKey: props.logsKey,
      retain: props.retain,
    });
    const cluster = new Cluster(this, 'Cluster', {
      clusterName: props.clusterName,
      version: KubernetesVersion.of(props.version),
      vpc: props.vpc,
      vpcSubnets: [{ subnetType: SubnetType.PRIVATE_WITH_EGRESS }],
      serviceIpv4Cidr: props.serviceCidr,
      defaultCapacityType: DefaultCapacityType.AUTOMODE,
      compute: { nodePools: ['system', 'general-purpose'] },
      // Auto Mode runs networking and DNS itself; self-managed add-ons would conflict with it.
      bootstrapSelfManagedAddons: false,
      endpointAccess:
        props.publicAccessCidrs.length === 0
          ? EndpointAccess.PRIVATE
          : EndpointAccess.PUBLIC_AND_PRIVATE.onlyFrom(...props.publicAccessCidrs),
      secretsEncryptionKey: props.encryptionKey,
      clusterLogging: Object.values(ClusterLoggingTypes),
      // Only the roles in `adminRoleArns` administer the cluster.
      bootstrapClusterCreatorAdminPermissions: false,
      outputConfigCommand: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    cluster.node.defaultChild?.node.addDependency(logGroup);
    acknowledgeManagedPolicies(cluster);
    if (props.publicAccessCidrs.length > 0) acknowledgePublicAccess(cluster);
    return cluster;
  }

  private installAddons(): void {
    for (const addonName of ADDONS) {
      new Addon(this, addonName, { cluster: this.cluster, addonName });
    }
    if (this.props.secretsStore) {
      new Addon(this, SECRETS_STORE_ADDON, {
        cluster: this.cluster,
        addonName: SECRETS_STORE_ADDON,
        configurationValues: SECRETS_STORE_CONFIGURATION,
      });
    }
  }

  private admitAdmins(): void {
    const policy = AccessPolicy.fromAccessPolicyName('AmazonEKSClusterAdminPolicy', {
      accessScopeType: AccessScopeType.CLUSTER,
    });
    const { adminRoleArns, adminRoleName } = this.props;
    for (const arn of adminRoleArns) {
      const isCreated = adminRoleName !== null && arn.endsWith(`:role/${adminRoleName}`);
      // EKS refuses an access entry for a role that does not exist yet: the reference makes it wait.
      const principal = isCreated ? this.createAdminRole(adminRoleName).roleArn : arn;
      this.cluster.grantAccess(isCreated ? 'CreatedAdmin' : `Admin-${arn}`, principal, [policy]);
    }
  }

  /** A role that everybody in the account may take whom their own policies allow to assume it. */
  private createAdminRole(roleName: string): Role {
    return new Role(this, 'AdminRole', {
      roleName,
      description: `Administers the cluster ${this.props.clusterName}`,
      assumedBy: new AccountRootPrincipal(),
    });
  }
}

function acknowledgeManagedPolicies(cluster: Cluster): void {
  Validations.of(cluster).acknowledge(
    ...MANAGED_POLICIES.map((policy) => ({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`,
      reason:
        'EKS requires these policies and widens them as Auto Mode grows; a copy would fall behind and break it.',
    })),
    {
      id: 'CloudFormation-Validate::W9009',
      reason: 'EncryptionConfig.Resources has the one value `secrets` and is still required by the API.',
    },
  );
}

function acknowledgePublicAccess(cluster: Cluster): void {
  Validations.of(cluster).acknowledge({
    id: 'AwsSolutions-EKS1',
    reason:
      'The configuration opens the Kubernetes API to the addresses in publicAccessCidrs, and to no others.',
  });
}
