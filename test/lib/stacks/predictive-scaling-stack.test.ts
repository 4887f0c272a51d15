import { Match, type Template } from 'aws-cdk-lib/assertions';
import type { ScaledWorkloadConfig } from '../../../lib/config/environment-config';
import { EXISTING_API, EXISTING_CLUSTER } from '../../helpers/config';
import { platformTemplates } from '../../helpers/templates';

/** What a test reads of a template. */
// biome-ignore lint/suspicious/noExplicitAny: expectations are about fields of any kind
type Json = any;

const SCALER = 'llm-cost-ops-prod-scaler-1';
const RELEASE = 'llm-cost-ops-prod-scaler-release';

const propertiesOf = (template: Template, type: string): Json[] =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties);

const named = (template: Template, type: string, key: string, name: string): Json => {
  const found = propertiesOf(template, type).filter((properties) => properties[key] === name);
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} named ${name}`);
  return found[0];
};

const functionOf = (template: Template, name: string) =>
  named(template, 'AWS::Lambda::Function', 'FunctionName', name);

/** The text of a schedule's event, tokens as `<Fn::…>`. */
const inputOf = (schedule: Json): string =>
  typeof schedule.Target.Input === 'string'
    ? schedule.Target.Input
    : schedule.Target.Input['Fn::Join'][1]
        .map((part: Json) => (typeof part === 'string' ? part : `<${Object.keys(part)[0]}>`))
        .join('');

const eventOf = (template: Template, scheduleName: string): Json =>
  JSON.parse(inputOf(named(template, 'AWS::Scheduler::Schedule', 'Name', scheduleName)));

/** Every statement of the role of a function, those of inline policies too. */
function statementsOf(template: Template, functionName: string): Json[] {
  const roleId = functionOf(template, functionName).Role['Fn::GetAtt'][0];
  return statementsOfRole(template, roleId);
}

function statementsOfRole(template: Template, roleId: string): Json[] {
  const inline = template.findResources('AWS::IAM::Role')[roleId]?.Properties.Policies ?? [];
  const attached = propertiesOf(template, 'AWS::IAM::Policy').filter(({ Roles }) =>
    Roles.some(({ Ref }: Json) => Ref === roleId),
  );
  return [...inline, ...attached].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

const workers = (count: number): ScaledWorkloadConfig[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `worker-${index}`,
    namespace: 'jobs',
    hpaName: `worker-${index}`,
    baseMinReplicas: 2,
    loadPerReplica: 10,
    hpaTarget: 0.7,
    load: {
      namespace: 'AWS/SQS',
      name: 'NumberOfMessagesSent',
      dimensions: { QueueName: `jobs-${index}` },
      statistic: 'Sum',
      scale: 1 / 60,
    },
    alwaysOn: null,
  }));

describe('PredictiveScalingStack', () => {
  let prod: Template;
  let dev: Template;
  let observability: Template;

  beforeAll(() => {
    ({ PredictiveScaling: prod, Observability: observability } = platformTemplates());
    dev = platformTemplates({}, 'dev').PredictiveScaling;
  });

  describe('functions', () => {
    test.each([
      [SCALER, 1769, 240],
      [RELEASE, 256, 300],
    ])('%s run one at a time on the newest Node, on ARM, in bounded time', (name, MemorySize, Timeout) => {
      expect(functionOf(prod, name)).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        ReservedConcurrentExecutions: 1,
        MemorySize,
        Timeout,
      });
    });

    test('end before their next run is due', () => {
      const timeout = (intervalMinutes: number) =>
        functionOf(
          platformTemplates({
            predictiveScaling: { intervalMinutes, leaseMinutes: 70, alarms: { heartbeatMissingMinutes: 60 } },
          }).PredictiveScaling,
          SCALER,
        ).Timeout;
      expect([2, 10, 30].map(timeout)).toEqual([60, 540, 840]);
    });

    test.each([SCALER, RELEASE])('%s write JSON into an encrypted log that ends', (name) => {
      const { LoggingConfig } = functionOf(prod, name);
      expect(LoggingConfig.LogFormat).toBe('JSON');
      const logGroup = prod.findResources('AWS::Logs::LogGroup')[LoggingConfig.LogGroup.Ref];
      expect(logGroup).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        Properties: { RetentionInDays: 30, KmsKeyId: expect.anything() },
      });
      expect(logGroup?.Properties.LogGroupName).toMatch(/^\/llm-cost-ops\/prod\/scaler-(1|release)$/);
    });

    test('run in the private subnets, and may go out by HTTPS only', () => {
      for (const name of [SCALER, RELEASE]) {
        const { VpcConfig } = functionOf(prod, name);
        expect(VpcConfig.SubnetIds.map((subnet: Json) => JSON.stringify(subnet))).toEqual([
          expect.stringContaining('privateSubnet1'),
          expect.stringContaining('privateSubnet2'),
          expect.stringContaining('privateSubnet3'),
        ]);
      }
      prod.hasResourceProperties('AWS::EC2::SecurityGroup', {
        SecurityGroupEgress: [Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 })],
        SecurityGroupIngress: Match.absent(),
      });
      prod.allResourcesProperties('AWS::EC2::SecurityGroupEgress', { FromPort: 443, ToPort: 443 });
    });

    test('trace where asked', () => {
      const traced = platformTemplates({ predictiveScaling: { tracing: true } }).PredictiveScaling;
      expect(functionOf(traced, SCALER).TracingConfig).toEqual({ Mode: 'Active' });
      expect(functionOf(prod, SCALER)).not.toHaveProperty('TracingConfig');
    });

    test('drop what comes too late, and leave what failed to a person', () => {
      const invocations = propertiesOf(prod, 'AWS::Lambda::EventInvokeConfig');
      expect(
        invocations.map(({ MaximumEventAgeInSeconds, MaximumRetryAttempts }) => [
          MaximumEventAgeInSeconds,
          MaximumRetryAttempts,
        ]),
      ).toEqual([
        [21_600, 2],
        [240, 1],
      ]);
      for (const { DestinationConfig } of invocations) {
        expect(DestinationConfig.OnFailure.Destination['Fn::GetAtt'][0]).toMatch(/^DeadLetters/);
      }
    });
  });

  describe('the Kubernetes API', () => {
    test('lets both functions in as members of the group that the charts bind, without a policy of EKS', () => {
      const entries = propertiesOf(prod, 'AWS::EKS::AccessEntry');
      expect(entries).toHaveLength(2);
      for (const entry of entries) {
        expect(entry).toMatchObject({
          Type: 'STANDARD',
          KubernetesGroups: ['llm-cost-ops:predictive-scaler'],
        });
        expect(entry).not.toHaveProperty('AccessPolicies');
      }
      expect(entries.map(({ PrincipalArn }) => PrincipalArn)).toEqual(
        [RELEASE, SCALER].map((name) => functionOf(prod, name).Role),
      );
    });

    test('is opened to them from here, so that the cluster does not wait for a later stack', () => {
      expect(propertiesOf(prod, 'AWS::EC2::SecurityGroupIngress')).toEqual([
        expect.objectContaining({
          FromPort: 443,
          ToPort: 443,
          Description: 'Functions to the Kubernetes API',
        }),
      ]);
    });

    test.each([SCALER, RELEASE])('is known to %s by address and certificate', (name) => {
      const { Variables } = functionOf(prod, name).Environment;
      const text = (key: string) => JSON.stringify(Variables[key]);
      expect(text('CLUSTER_ENDPOINT')).toContain('Endpoint');
      expect(text('CLUSTER_CERTIFICATE')).toContain('CertificateAuthorityData');
      expect(Variables).toHaveProperty('CLUSTER_NAME');
    });

    test('of an existing cluster is the configured one', () => {
      const template = platformTemplates({
        metrics: { scraperNamespace: 'monitoring' },
        cluster: {
          existing: { ...EXISTING_CLUSTER, apiSecurityGroupId: 'sg-00000000000000001' },
        },
      }).PredictiveScaling;
      expect(functionOf(template, SCALER).Environment.Variables).toMatchObject({
        CLUSTER_NAME: 'shared',
        CLUSTER_ENDPOINT: EXISTING_API.endpoint,
        CLUSTER_CERTIFICATE: EXISTING_API.certificateAuthority,
      });
      template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
        GroupId: 'sg-00000000000000001',
        FromPort: 443,
      });
      template.allResourcesProperties('AWS::EKS::AccessEntry', { ClusterName: 'shared' });
    });
  });

  describe('schedule', () => {
    test('runs the scaler, retries within the interval, and gives up into the queue', () => {
      expect(named(prod, 'AWS::Scheduler::Schedule', 'Name', SCALER)).toMatchObject({
        GroupName: 'llm-cost-ops-prod-scaler',
        ScheduleExpression: 'rate(5 minutes)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: { 'Fn::GetAtt': [expect.stringMatching(/^Scaler1Function/), 'Arn'] },
          RetryPolicy: { MaximumEventAgeInSeconds: 240, MaximumRetryAttempts: 3 },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^DeadLetters/), 'Arn'] } },
        },
      });
    });

    test("brings the API with the load balancer's requests per second, and the time it is for", () => {
      expect(eventOf(prod, SCALER)).toEqual({
        shard: 'prod-1',
        intervalMinutes: 5,
        leaseMinutes: 20,
        scheduledTime: '<aws.scheduler.scheduled-time>',
        workloads: [
          {
            name: 'prod-api',
            namespace: 'llm-cost-ops',
            hpaName: 'llm-cost-ops-hpa',
            mode: 'forecast-only',
            rule: 'adaptive',
            baseMinReplicas: 3,
            loadPerReplica: 100,
            startMinutes: 3,
            hpaTarget: 0.7,
            timeZone: 'UTC',
            stepMinutes: 1,
            load: {
              namespace: 'AWS/ApplicationELB',
              name: 'RequestCount',
              dimensions: { LoadBalancer: expect.any(String) },
              statistic: 'Sum',
              scale: 1 / 60,
            },
            alwaysOn: {
              namespace: 'AWS/ApplicationELB',
              name: 'HealthyHostCount',
              dimensions: { LoadBalancer: expect.any(String), TargetGroup: '<Fn::GetStackOutput>' },
              statistic: 'Maximum',
              scale: 1,
            },
            events: [],
          },
        ],
      });
    });

    test('scales sums to the width of the samples', () => {
      const template = platformTemplates({
        predictiveScaling: { workloads: [{ name: 'api', stepMinutes: 5 }] },
      }).PredictiveScaling;
      expect(eventOf(template, SCALER).workloads[0].load.scale).toBe(1 / 300);
    });

    test("brings another workload's metric as it is configured", () => {
      const [worker] = workers(1);
      const template = platformTemplates({ predictiveScaling: { workloads: workers(1) } }).PredictiveScaling;
      expect(eventOf(template, SCALER).workloads).toEqual([
        expect.objectContaining({
          load: worker?.load,
          alwaysOn: null,
          hpaName: 'worker-0',
          namespace: 'jobs',
        }),
      ]);
    });
  });

  describe("dead man's switch", () => {
    test('is made switched off, to release the floors once, and retries for hours', () => {
      expect(named(prod, 'AWS::Scheduler::Schedule', 'Name', `${SCALER}-switch`)).toMatchObject({
        GroupName: 'llm-cost-ops-prod-scaler-switch',
        State: 'DISABLED',
        ScheduleExpression: 'at(2099-12-31T23:59:59)',
        Target: {
          Arn: { 'Fn::GetAtt': [expect.stringMatching(/^Release/), 'Arn'] },
          RetryPolicy: { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 185 },
          DeadLetterConfig: { Arn: expect.anything() },
        },
      });
      expect(eventOf(prod, `${SCALER}-switch`)).toEqual({
        workloads: [
          { name: 'prod-api', namespace: 'llm-cost-ops', hpaName: 'llm-cost-ops-hpa', baseMinReplicas: 3 },
        ],
      });
    });

    test('is known to the scaler with all that an update has to repeat', () => {
      const { Variables } = functionOf(prod, SCALER).Environment;
      const { RoleArn, Arn, DeadLetterConfig } = named(
        prod,
        'AWS::Scheduler::Schedule',
        'Name',
        `${SCALER}-switch`,
      ).Target;
      expect(Variables).toMatchObject({
        SWITCH_NAME: `${SCALER}-switch`,
        SWITCH_GROUP: 'llm-cost-ops-prod-scaler-switch',
        SWITCH_FUNCTION_ARN: Arn,
        SWITCH_ROLE_ARN: RoleArn,
        SWITCH_DEAD_LETTER_QUEUE_ARN: DeadLetterConfig.Arn,
      });
    });

    test('may invoke the release function and nothing else, as a schedule of its group', () => {
      const roleId = named(prod, 'AWS::Scheduler::Schedule', 'Name', `${SCALER}-switch`).Target.RoleArn[
        'Fn::GetAtt'
      ][0];
      expect(
        prod.findResources('AWS::IAM::Role')[roleId]?.Properties.AssumeRolePolicyDocument.Statement,
      ).toEqual([
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: {
            StringEquals: {
              'aws:SourceAccount': '333333333333',
              'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^Switches/), 'Arn'] },
            },
          },
        },
      ]);
      expect(statementsOfRole(prod, roleId)).toEqual([
        {
          Action: 'lambda:InvokeFunction',
          Effect: 'Allow',
          Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Release/), 'Arn'] },
        },
        expect.objectContaining({ Action: expect.arrayContaining(['sqs:SendMessage']) }),
      ]);
    });
  });

  describe('rights', () => {
    test('of the scaler are these', () => {
      const rights = statementsOf(prod, SCALER).map(({ Effect, Action, Resource, Condition }) => ({
        Effect,
        Action: [Action].flat(),
        on: JSON.stringify(Resource),
        Condition,
      }));
      const allowed = rights.filter(({ Effect }) => Effect === 'Allow');
      const on = (action: string) => allowed.filter(({ Action }) => Action.includes(action));
      expect(allowed.flatMap(({ Action }) => Action).sort()).toEqual([
        'cloudwatch:GetMetricData',
        'ec2:AssignPrivateIpAddresses',
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:UnassignPrivateIpAddresses',
        'iam:PassRole',
        'kms:Decrypt',
        'kms:GenerateDataKey',
        'logs:CreateLogStream',
        'logs:PutLogEvents',
        's3:GetObject',
        's3:ListBucket',
        's3:PutObject',
        'scheduler:UpdateSchedule',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:SendMessage',
      ]);
      expect(on('s3:GetObject')[0]?.on).toContain('"/state/*"');
      expect(on('scheduler:UpdateSchedule')[0]?.on).toMatch(/Scaler1SwitchSchedule\w+","Arn"/);
      expect(on('iam:PassRole')).toEqual([
        expect.objectContaining({
          on: expect.stringMatching(/Scaler1SwitchRole\w+","Arn"/),
          Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
        }),
      ]);
      expect(on('kms:Decrypt')[0]?.Condition).toEqual({
        StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' },
      });
      expect(allowed.filter((statement) => statement.on === '"*"').map(({ Action }) => Action[0])).toEqual([
        'ec2:AssignPrivateIpAddresses',
        'cloudwatch:GetMetricData',
      ]);
    });

    test('of the admin servers on the states are to read them', () => {
      const readers = propertiesOf(prod, 'AWS::IAM::Policy').filter(({ Roles }) =>
        JSON.stringify(Roles).includes('AdminIdentityRole'),
      );
      const statements: Json[] = readers.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      expect(statements.map(({ Action }) => Action)).toEqual([
        's3:GetObject',
        's3:ListBucket',
        'kms:Decrypt',
      ]);
      expect(JSON.stringify(statements[0].Resource)).toContain('"/state/*"');
      expect(statements[2].Condition).toEqual({
        StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' },
      });
    });

    test('of the release function are its log, its network and the queue', () => {
      const allowed = statementsOf(prod, RELEASE).filter(({ Effect }) => Effect === 'Allow');
      const services = allowed.flatMap(({ Action }) => [Action].flat().map((action) => action.split(':')[0]));
      expect([...new Set(services)].sort()).toEqual(['ec2', 'logs', 'sqs']);
    });

    test.each([SCALER, RELEASE])('on network interfaces are denied to the code of %s', (name) => {
      expect(statementsOf(prod, name)).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Action: expect.arrayContaining(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface']),
          Condition: {
            ArnEquals: {
              'lambda:SourceFunctionArn': `arn:aws:lambda:us-east-1:333333333333:function:${name}`,
            },
          },
        }),
      );
    });
  });

  test('states are private, encrypted by our key, by TLS only, and go with the stack', () => {
    prod.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Delete',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            Match.objectLike({
              BucketKeyEnabled: true,
              ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }),
            }),
          ],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 30, Status: 'Enabled' })] },
        VersioningConfiguration: Match.absent(),
      },
    });
    for (const type of ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy']) {
      prod.hasResourceProperties(type, {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        },
      });
    }
    prod.hasResourceProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
  });

  describe('alarms, in the Observability stack,', () => {
    const alarm = (name: string) =>
      named(observability, 'AWS::CloudWatch::Alarm', 'AlarmName', `llm-cost-ops-prod-${name}`);

    test.each<[name: string, expected: object]>([
      [
        'scaler-errors-1',
        { Namespace: 'AWS/Lambda', MetricName: 'Errors', EvaluationPeriods: 3, DatapointsToAlarm: 2 },
      ],
      ['scaler-throttles-1', { Namespace: 'AWS/Lambda', MetricName: 'Throttles', Threshold: 1 }],
      ['scaler-duration-1', { MetricName: 'Duration', Statistic: 'Maximum', Threshold: 192_000 }],
      [
        'scaler-heartbeat',
        {
          Namespace: 'LlmCostOps/PredictiveScaling',
          MetricName: 'Heartbeat',
          Dimensions: [{ Name: 'Shard', Value: 'prod-1' }],
          Period: 300,
          EvaluationPeriods: 3,
          ComparisonOperator: 'LessThanThreshold',
          Threshold: 1,
          TreatMissingData: 'breaching',
        },
      ],
      ['floor-release-errors', { MetricName: 'Errors', EvaluationPeriods: 1, Threshold: 1 }],
      ['scaler-dead-letters', { MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1 }],
    ])('%s is as it should be', (name, expected) => {
      expect(alarm(name)).toMatchObject(expected);
    });

    test.each([
      ['workload-failed', 'MAX(WorkloadFailed)', 'MAX() DESC', 3, 'GreaterThanOrEqualToThreshold', 1],
      ['forecast-skill-lost', 'MIN(ForecastSkill)', 'MIN() ASC', 12, 'LessThanOrEqualToThreshold', 0],
      ['forecast-coverage-low', 'MIN(ForecastCoverage)', 'MIN() ASC', 12, 'LessThanThreshold', 80],
      ['forecast-coverage-high', 'MAX(ForecastCoverage)', 'MAX() DESC', 12, 'GreaterThanThreshold', 98],
      ['floor-at-maximum', 'MIN(FloorAtMaximum)', 'MIN() DESC', 6, 'GreaterThanOrEqualToThreshold', 1],
    ])(
      '%s looks at every workload',
      (name, select, order, EvaluationPeriods, ComparisonOperator, Threshold) => {
        expect(alarm(name)).toMatchObject({
          EvaluationPeriods,
          ComparisonOperator,
          Threshold,
          Metrics: [
            expect.objectContaining({
              Expression: `SELECT ${select} FROM SCHEMA("LlmCostOps/PredictiveScaling", Workload) GROUP BY Workload ORDER BY ${order}`,
              Period: 300,
            }),
          ],
        });
      },
    );
  });

  test('makes a function, a schedule and a switch for every hundred workloads', () => {
    const template = platformTemplates({ predictiveScaling: { workloads: workers(250) } }).PredictiveScaling;
    const shards = ['1', '2', '3'].map((shard) => `llm-cost-ops-prod-scaler-${shard}`);
    expect(shards.map((name) => eventOf(template, name).workloads.length)).toEqual([100, 100, 50]);
    expect(shards.map((name) => eventOf(template, name).shard)).toEqual(['prod-1', 'prod-2', 'prod-3']);
    for (const name of shards) {
      const names = (event: Json) => event.workloads.map((workload: Json) => workload.name);
      expect(names(eventOf(template, `${name}-switch`))).toEqual(names(eventOf(template, name)));
      expect(functionOf(template, name).Environment.Variables.SWITCH_NAME).toBe(`${name}-switch`);
    }
    expect(new Set(shards.map((name) => JSON.stringify(functionOf(template, name).Role))).size).toBe(3);
    template.resourceCountIs('AWS::EKS::AccessEntry', 4);
    const all = shards.flatMap((name) => eventOf(template, name).workloads.map((w: Json) => w.name));
    expect(new Set(all).size).toBe(250);
  });

  test('keeps within what CloudFormation and EventBridge take with 250 workloads', () => {
    const template = platformTemplates({ predictiveScaling: { workloads: workers(250) } }).PredictiveScaling;
    expect(Object.keys(template.toJSON().Resources).length).toBeLessThan(500);
    expect(JSON.stringify(template.toJSON()).length).toBeLessThan(1_000_000);
    for (const schedule of propertiesOf(template, 'AWS::Scheduler::Schedule')) {
      expect(inputOf(schedule).length).toBeLessThan(262_144);
    }
  });

  test('is empty where predictive scaling is off, so that the CDK deletes what was deployed', () => {
    const template = platformTemplates({ predictiveScaling: null }).PredictiveScaling;
    expect(template.toJSON()).not.toHaveProperty('Resources');
  });

  test('keeps nothing of dev', () => {
    for (const resource of Object.values(dev.toJSON().Resources as Record<string, Json>)) {
      expect(resource.DeletionPolicy ?? 'Delete').toBe('Delete');
    }
  });
});
