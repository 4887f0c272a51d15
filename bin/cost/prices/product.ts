/** A thing that AWS sells by one price, and how to find it in the AWS Price List. */
export interface Product {
  /** What the price is for: `hour`, `GB`, `million requests`. */
  readonly unit: string;
  readonly description: string;
  readonly query: ProductQuery;
}

export interface ProductQuery {
  readonly serviceCode: string;
  /** End of the usage type: before it stands the region’s code, or nothing. */
  readonly usageType: string;
  /** Further attributes by which the product is told from its like. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Units of the Price List in one of ours. */
  readonly times: number;
  /** Attribute that says the region; null for a product that has none. */
  readonly regionAttribute: string | null;
}

interface Details {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly times?: number;
  readonly regionAttribute?: string | null;
}

function product(
  description: string,
  unit: string,
  serviceCode: string,
  usageType: string,
  { attributes = {}, times = 1, regionAttribute = 'regionCode' }: Details = {},
): Product {
  return { description, unit, query: { serviceCode, usageType, attributes, times, regionAttribute } };
}

const MILLION = { times: 1_000_000 };
const POSTGRESQL = { databaseEngine: 'PostgreSQL' };

const PRODUCTS: Readonly<Record<string, Product>> = {
  'alb.hour': product('Application Load Balancer', 'hour', 'AWSELB', 'LoadBalancerUsage', {
    attributes: { operation: 'LoadBalancing:Application' },
  }),
  'alb.lcu-hour': product('Application Load Balancer, capacity unit', 'LCU-hour', 'AWSELB', 'LCUUsage', {
    attributes: { operation: 'LoadBalancing:Application' },
  }),
  'cloudfront.gb': product(
    'CloudFront to the internet, North America',
    'GB',
    'AmazonCloudFront',
    'US-DataTransfer-Out-Bytes',
    {
      regionAttribute: null,
    },
  ),
  'cloudfront.million-function-runs': product(
    'CloudFront Functions',
    'million runs',
    'AmazonCloudFront',
    'Executions-CloudFrontFunctions',
    {
      ...MILLION,
      regionAttribute: null,
    },
  ),
  'cloudfront.ten-thousand-requests': product(
    'CloudFront, HTTPS requests, North America',
    '10,000 requests',
    'AmazonCloudFront',
    'US-Requests-Tier2-HTTPS',
    {
      times: 10_000,
      regionAttribute: null,
    },
  ),
  'cloudwatch.alarm-metric.month': product(
    'CloudWatch alarm, metric',
    'month',
    'AmazonCloudWatch',
    'AlarmMonitorUsage',
  ),
  'cloudwatch.composite-alarm.month': product(
    'CloudWatch composite alarm',
    'month',
    'AmazonCloudWatch',
    'CompositeAlarmMonitorUsage',
  ),
  'cloudwatch.dashboard.month': product(
    'CloudWatch dashboard',
    'month',
    'AmazonCloudWatch',
    'DashboardsUsageHour',
    { regionAttribute: null },
  ),
  'cloudwatch.high-resolution-alarm-metric.month': product(
    'CloudWatch alarm, metric at high resolution',
    'month',
    'AmazonCloudWatch',
    'HighResAlarmMonitorUsage',
  ),
  'cloudwatch.metric.month': product(
    'CloudWatch custom metric',
    'month',
    'AmazonCloudWatch',
    'MetricMonitorUsage',
  ),
  'cloudwatch.million-observations': product(
    'Container Insights with enhanced observability',
    'million observations',
    'AmazonCloudWatch',
    'ObservationUsage',
    MILLION,
  ),
  'data-transfer.internet.gb': product(
    'Data from AWS to the internet',
    'GB',
    'AWSDataTransfer',
    'DataTransfer-Out-Bytes',
    {
      attributes: { transferType: 'AWS Outbound' },
      regionAttribute: 'fromRegionCode',
    },
  ),
  'ebs.gp3.gb-month': product('EBS gp3', 'GB-month', 'AmazonEC2', 'EBS:VolumeUsage.gp3'),
  'ecr.gb-month': product('ECR storage', 'GB-month', 'AmazonECR', 'TimedStorage-ByteHrs'),
  'eks.cluster.hour': product(
    'EKS cluster, standard support',
    'hour',
    'AmazonEKS',
    'AmazonEKS-Hours:perCluster',
  ),
  'elasticache.snapshot.gb-month': product(
    'ElastiCache snapshots',
    'GB-month',
    'AmazonElastiCache',
    'BackupUsage',
  ),
  'interface-endpoint.gb': product('Interface endpoint, data', 'GB', 'AmazonVPC', 'VpcEndpoint-Bytes'),
  'interface-endpoint.hour': product(
    'Interface endpoint in one zone',
    'hour',
    'AmazonVPC',
    'VpcEndpoint-Hours',
  ),
  'kms.key.month': product('KMS key', 'month', 'awskms', 'KMS-Keys'),
  'kms.ten-thousand-requests': product('KMS requests', '10,000 requests', 'awskms', 'KMS-Requests', {
    times: 10_000,
  }),
  'lambda.arm64.gb-second': product('Lambda on arm64', 'GB-second', 'AWSLambda', 'Lambda-GB-Second-ARM'),
  'lambda.million-requests': product('Lambda requests', 'million requests', 'AWSLambda', 'Request', MILLION),
  'lambda.x86.gb-second': product('Lambda on x86', 'GB-second', 'AWSLambda', 'Lambda-GB-Second'),
  'logs.ingestion.gb': product('CloudWatch Logs, written', 'GB', 'AmazonCloudWatch', 'DataProcessing-Bytes'),
  'logs.storage.gb-month': product(
    'CloudWatch Logs, kept',
    'GB-month',
    'AmazonCloudWatch',
    'TimedStorage-ByteHrs',
  ),
  'logs.vended.gb': product(
    'CloudWatch Logs, written by AWS services',
    'GB',
    'AmazonCloudWatch',
    'VendedLog-Bytes',
  ),
  'nat-gateway.gb': product('NAT gateway, data', 'GB', 'AmazonEC2', 'NatGateway-Bytes'),
  'nat-gateway.hour': product('NAT gateway', 'hour', 'AmazonEC2', 'NatGateway-Hours'),
  'public-ipv4.hour': product('Public IPv4 address in use', 'hour', 'AmazonVPC', 'PublicIPv4:InUseAddress'),
  'rds.backup.gb-month': product('RDS backups', 'GB-month', 'AmazonRDS', 'RDS:ChargedBackupUsage', {
    attributes: POSTGRESQL,
  }),
  'rds.database-insights.vcpu-hour': product(
    'Database Insights, advanced',
    'vCPU-hour',
    'AmazonCloudWatch',
    'DatabaseInsights-vCPU-Hours',
  ),
  'rds.proxy.vcpu-hour': product('RDS Proxy', 'vCPU-hour', 'AmazonRDS', 'RDS:ProxyUsage', {
    attributes: POSTGRESQL,
  }),
  'route53.million-queries': product('Route 53 queries', 'million queries', 'AmazonRoute53', 'DNS-Queries', {
    ...MILLION,
    regionAttribute: null,
  }),
  's3.gb-month': product('S3 Standard', 'GB-month', 'AmazonS3', 'TimedStorage-ByteHrs'),
  'scheduler.million-invocations': product(
    'EventBridge Scheduler',
    'million invocations',
    'AWSEvents',
    'ScheduledInvocation',
    MILLION,
  ),
  'secrets-manager.secret.month': product(
    'Secret',
    'month',
    'AWSSecretsManager',
    'AWSSecretsManager-Secrets',
  ),
  'sns.hundred-thousand-emails': product(
    'SNS e-mails',
    '100,000 e-mails',
    'AmazonSNS',
    'DeliveryAttempts-SMTP',
    { times: 100_000 },
  ),
  'sqs.million-requests': product(
    'SQS requests, standard queue',
    'million requests',
    'AWSQueueService',
    'Requests-RBP',
    MILLION,
  ),
  'waf.million-requests': product('WAF requests', 'million requests', 'awswaf', 'RequestV2-Tier1', MILLION),
  'waf.rule.month': product('WAF rule', 'month', 'awswaf', 'RuleV2'),
  'waf.web-acl.month': product('WAF web ACL', 'month', 'awswaf', 'WebACLV2'),
  'xray.million-traces': product('X-Ray traces', 'million traces', 'AWSXRay', 'XRay-TracesStored', MILLION),
};

interface Family {
  readonly key: RegExp;
  /** @param type the family’s variable part; @param deployment `single-az` or `multi-az` */
  readonly product: (type: string, deployment: string) => Product;
}

const DEPLOYMENTS: Readonly<Record<string, string>> = { 'single-az': 'Single-AZ', 'multi-az': 'Multi-AZ' };

/** Products of which there is one for every size. */
const FAMILIES: readonly Family[] = [
  {
    key: /^ec2\.(.+)\.hour$/,
    product: (type) =>
      product(`EC2 ${type}, Linux`, 'hour', 'AmazonEC2', `BoxUsage:${type}`, {
        attributes: {
          instanceType: type,
          operatingSystem: 'Linux',
          tenancy: 'Shared',
          preInstalledSw: 'NA',
          capacitystatus: 'Used',
        },
      }),
  },
  {
    key: /^eks\.auto-mode\.(.+)\.hour$/,
    product: (type) =>
      product(`EKS Auto Mode, ${type}`, 'hour', 'AmazonEKS', `EKS-Auto:${type}-management-hours`),
  },
  {
    key: /^elasticache\.valkey\.(.+)\.hour$/,
    product: (type) =>
      product(`ElastiCache ${type}, Valkey`, 'hour', 'AmazonElastiCache', `NodeUsage:${type}`, {
        attributes: { instanceType: type, cacheEngine: 'Valkey' },
      }),
  },
  {
    key: /^rds\.(db\..+)\.(single-az|multi-az)\.hour$/,
    product: (type, deployment) =>
      product(
        `RDS for PostgreSQL ${type}, ${DEPLOYMENTS[deployment]}`,
        'hour',
        'AmazonRDS',
        `${deployment === 'multi-az' ? 'Multi-AZUsage' : 'InstanceUsage'}:${usageSize(type)}`,
        {
          attributes: {
            ...POSTGRESQL,
            instanceType: type,
            deploymentOption: DEPLOYMENTS[deployment] as string,
          },
        },
      ),
  },
  {
    key: /^rds\.(gp3)\.(single-az|multi-az)\.gb-month$/,
    product: (type, deployment) =>
      product(
        `RDS storage ${type}, ${DEPLOYMENTS[deployment]}`,
        'GB-month',
        'AmazonRDS',
        deployment === 'multi-az' ? 'RDS:Multi-AZ-GP3-Storage' : 'RDS:GP3-Storage',
        { attributes: { ...POSTGRESQL, deploymentOption: DEPLOYMENTS[deployment] as string } },
      ),
  },
];

/** RDS writes `db.r8g.2xl` for db.r8g.2xlarge in its usage types, and `large` in full. */
function usageSize(instanceClass: string): string {
  return instanceClass.replace(/xlarge$/, 'xl');
}

/** What a key of the price table stands for; undefined for a key that nobody can look up. */
export function productOf(key: string): Product | undefined {
  if (key in PRODUCTS) return PRODUCTS[key];
  for (const family of FAMILIES) {
    const [, type, deployment = ''] = family.key.exec(key) ?? [];
    if (type !== undefined) return family.product(type, deployment);
  }
  return undefined;
}
