/** A resource of a template. */
export interface DoubleResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
}

/** The parts of a CloudFormation template that the double looks at. */
export interface DoubleTemplate {
  readonly Resources: Readonly<Record<string, DoubleResource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Description?: string }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: string }>>;
}

/**
 * Properties whose change makes CloudFormation replace a resource ("Update requires: Replacement" of the resource
 * types reference), for the resources that hold state or names that others refer to.
 */
export const REPLACEMENT_PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  'AWS::RDS::DBInstance': [
    'DBInstanceIdentifier',
    'DBName',
    'DBSubnetGroupName',
    'KmsKeyId',
    'MasterUsername',
    'StorageEncrypted',
  ],
  'AWS::RDS::DBProxy': ['DBProxyName', 'EngineFamily', 'VpcSubnetIds'],
  'AWS::ElastiCache::ReplicationGroup': [
    'AtRestEncryptionEnabled',
    'CacheSubnetGroupName',
    'DataTieringEnabled',
    'KmsKeyId',
    'Port',
    'ReplicationGroupId',
  ],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::SecretsManager::Secret': ['Name'],
  'AWS::ECR::Repository': ['RepositoryName', 'EncryptionConfiguration'],
  'AWS::EKS::Cluster': ['Name', 'RoleArn', 'EncryptionConfig', 'BootstrapSelfManagedAddons'],
  'AWS::EC2::VPC': ['CidrBlock'],
  'AWS::EC2::Subnet': ['AvailabilityZone', 'CidrBlock', 'VpcId'],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': ['Name', 'Scheme', 'Type'],
  'AWS::ElasticLoadBalancingV2::TargetGroup': ['Name', 'Port', 'Protocol', 'TargetType', 'VpcId'],
  'AWS::SNS::Topic': ['TopicName', 'FifoTopic'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
};

/** One difference between the resources of two templates. */
export interface DoubleChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
  /** Whether CloudFormation would make a new resource. */
  readonly isReplaced: boolean;
  /** Names of the changed properties. */
  readonly properties: readonly string[];
}

export function changesBetween(before: DoubleTemplate, after: DoubleTemplate): DoubleChange[] {
  const ids = new Set([...Object.keys(before.Resources), ...Object.keys(after.Resources)]);
  return [...ids].flatMap((logicalId) => {
    const change = changeOf(logicalId, before.Resources[logicalId], after.Resources[logicalId]);
    return change ? [change] : [];
  });
}

function changeOf(
  logicalId: string,
  old?: DoubleResource,
  wanted?: DoubleResource,
): DoubleChange | undefined {
  if (!wanted) {
    return { action: 'Remove', logicalId, type: old?.Type ?? '', isReplaced: false, properties: [] };
  }
  const { Type: type } = wanted;
  if (!old) return { action: 'Add', logicalId, type, isReplaced: false, properties: [] };
  if (old.Type !== type) return { action: 'Modify', logicalId, type, isReplaced: true, properties: [] };
  const names = new Set([...Object.keys(old.Properties ?? {}), ...Object.keys(wanted.Properties ?? {})]);
  const properties = [...names].filter(
    (name) => JSON.stringify(old.Properties?.[name]) !== JSON.stringify(wanted.Properties?.[name]),
  );
  if (properties.length === 0) return undefined;
  const replacing = REPLACEMENT_PROPERTIES[type] ?? [];
  const isReplaced = properties.some((name) => replacing.includes(name));
  return { action: 'Modify', logicalId, type, isReplaced, properties };
}

/** Logical ids so that a resource comes after those that it refers to. */
export function creationOrder({ Resources }: DoubleTemplate): string[] {
  const order: string[] = [];
  const visit = (id: string, trail: readonly string[]): void => {
    const resource = Resources[id];
    if (!resource || order.includes(id) || trail.includes(id)) return;
    for (const other of referencesOf(resource)) visit(other, [...trail, id]);
    order.push(id);
  };
  for (const id of Object.keys(Resources)) visit(id, []);
  return order;
}

function referencesOf(resource: DoubleResource): string[] {
  const found = [
    ...(typeof resource.DependsOn === 'string' ? [resource.DependsOn] : (resource.DependsOn ?? [])),
  ];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'Ref' && typeof inner === 'string') found.push(inner);
      if (key === 'Fn::GetAtt' && Array.isArray(inner)) found.push(String(inner[0]));
      walk(inner);
    }
  };
  walk(resource.Properties);
  return found;
}
