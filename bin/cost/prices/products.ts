import { type Product, product } from './product';

const MILLION = { times: 1_000_000 };
const POSTGRESQL = { databaseEngine: 'PostgreSQL' };

/** Products of which there is one, by their key in the price table. */
export const PRODUCTS: Readonly<Record<string, Product>> = {
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
  'cloudfront.origin.gb': product(
    'CloudFront to the origin, North America',
    'GB',
    'AmazonCloudFront',
    'US-DataTransfer-Out-OBytes',
    { regionAttribute: null },
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
