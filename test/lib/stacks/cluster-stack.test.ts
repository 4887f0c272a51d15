import { Match, type Template } from 'aws-cdk-lib/assertions';
import { EXISTING_CLUSTER } from '../../helpers/config';
import { onlyResource, platformTemplates } from '../../helpers/templates';

describe('ClusterStack', () => {
  let prod: Template;

  beforeAll(() => {
    prod = platformTemplates().Cluster;
  });

  test('runs EKS in Auto Mode behind a private endpoint', () => {
    expect(onlyResource(prod, 'AWS::EKS::Cluster')).toMatchObject({
      Name: 'llm-cost-ops-prod',
      Version: '1.36',
      ComputeConfig: { Enabled: true, NodePools: ['system', 'general-purpose'] },
      KubernetesNetworkConfig: { ElasticLoadBalancing: { Enabled: true } },
      StorageConfig: { BlockStorage: { Enabled: true } },
      ResourcesVpcConfig: { EndpointPrivateAccess: true, EndpointPublicAccess: false },
    });
  });

  test('encrypts Kubernetes secrets and logs the whole control plane', () => {
    expect(onlyResource(prod, 'AWS::EKS::Cluster')).toMatchObject({
      EncryptionConfig: [{ Resources: ['secrets'], Provider: { KeyArn: expect.anything() } }],
      Logging: {
        ClusterLogging: {
          EnabledTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'].map((Type) => ({
            Type,
          })),
        },
      },
    });
    prod.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/aws/eks/llm-cost-ops-prod/cluster',
      RetentionInDays: 90,
    });
  });

  test('installs metrics-server and the Pod Identity agent', () => {
    for (const AddonName of ['metrics-server', 'eks-pod-identity-agent']) {
      prod.hasResourceProperties('AWS::EKS::Addon', { AddonName });
    }
  });

  test('installs the Secrets Store CSI driver with rotation for PgBouncer, and only for it', () => {
    const addon = { Properties: { AddonName: 'aws-secrets-store-csi-driver-provider' } };
    const pooled = platformTemplates({ database: { pooler: 'pgbouncer' } }).Cluster;
    const [found] = Object.values(pooled.findResources('AWS::EKS::Addon', addon));
    expect(JSON.parse(found?.Properties.ConfigurationValues)).toEqual({
      'secrets-store-csi-driver': { enableSecretRotation: true, rotationPollInterval: '1m' },
    });
    expect(prod.findResources('AWS::EKS::Addon', addon)).toEqual({});
  });

  describe('Container Insights', () => {
    const ADDON = { Properties: { AddonName: 'amazon-cloudwatch-observability' } };

    test('watches pods and takes their embedded metrics, and instruments nobody', () => {
      const [addon] = Object.values(prod.findResources('AWS::EKS::Addon', ADDON));
      expect(JSON.parse(addon?.Properties.ConfigurationValues)).toEqual({
        agent: {
          config: {
            logs: { metrics_collected: { kubernetes: { enhanced_container_insights: true }, emf: {} } },
          },
        },
      });
    });

    test('runs as a role of its own, and finds its log groups there, encrypted and with an end', () => {
      const [addon] = Object.values(prod.findResources('AWS::EKS::Addon', ADDON));
      expect(addon?.Properties.PodIdentityAssociations).toEqual([
        {
          ServiceAccount: 'cloudwatch-agent',
          RoleArn: { 'Fn::GetAtt': [expect.stringMatching(/^ContainerInsightsRole/), 'Arn'] },
        },
      ]);
      const groups = Object.entries(prod.findResources('AWS::Logs::LogGroup'));
      for (const name of ['application', 'dataplane', 'host', 'performance', 'api-metrics']) {
        const [id, group] =
          groups.find(([, { Properties }]) =>
            JSON.stringify(Properties.LogGroupName).includes(`/${name}"`),
          ) ?? [];
        expect(addon?.DependsOn).toContain(id);
        expect(group?.Properties).toMatchObject({ RetentionInDays: 90, KmsKeyId: expect.anything() });
      }
    });

    test('is left to an existing cluster, and out of one that does without', () => {
      const metrics = { scraperNamespace: 'monitoring' };
      for (const template of [
        platformTemplates({ metrics, cluster: { existing: EXISTING_CLUSTER, containerInsights: true } })
          .Cluster,
        platformTemplates({ cluster: { containerInsights: false } }).Cluster,
      ]) {
        expect(template.findResources('AWS::EKS::Addon', ADDON)).toEqual({});
      }
    });
  });

  test('is administered by the configured roles and nobody else', () => {
    expect(onlyResource(prod, 'AWS::EKS::Cluster')).toMatchObject({
      AccessConfig: { AuthenticationMode: 'API', BootstrapClusterCreatorAdminPermissions: false },
    });
    const roles = ['arn:aws:iam::333333333333:role/admin', 'arn:aws:iam::333333333333:role/other/admin'];
    const template = platformTemplates({ cluster: { adminRoleArns: roles } }).Cluster;
    template.resourceCountIs('AWS::EKS::AccessEntry', 2);
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      PrincipalArn: roles[1],
      AccessPolicies: [
        Match.objectLike({
          AccessScope: Match.objectLike({ Type: 'cluster' }),
          PolicyArn: Match.objectLike({
            'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('AmazonEKSClusterAdminPolicy$')])],
          }),
        }),
      ],
    });
  });

  test('opens the Kubernetes API to the configured addresses only', () => {
    const template = platformTemplates({ cluster: { publicAccessCidrs: ['203.0.113.0/24'] } }).Cluster;
    expect(onlyResource(template, 'AWS::EKS::Cluster')).toMatchObject({
      ResourcesVpcConfig: {
        EndpointPrivateAccess: true,
        EndpointPublicAccess: true,
        PublicAccessCidrs: ['203.0.113.0/24'],
      },
    });
  });

  test('keeps images whose tags never move, scanned, and not for ever', () => {
    prod.hasResource('AWS::ECR::Repository', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        RepositoryName: 'llm-cost-ops-prod-api',
        ImageTagMutability: 'IMMUTABLE',
        ImageScanningConfiguration: { ScanOnPush: true },
        LifecyclePolicy: { LifecyclePolicyText: Match.stringLikeRegexp('imageCountMoreThan') },
      },
    });
  });

  test('has one repository: one image holds both servers', () => {
    const names = Object.values(prod.findResources('AWS::ECR::Repository')).map(
      ({ Properties }) => Properties.RepositoryName,
    );
    expect(names).toEqual(['llm-cost-ops-prod-api']);
  });

  test('gives Services the addresses that the network policies name', () => {
    expect(onlyResource(prod, 'AWS::EKS::Cluster')).toMatchObject({
      KubernetesNetworkConfig: { ServiceIpv4Cidr: '172.20.0.0/16' },
    });
  });

  const ADMIN_RIGHTS = [
    { Action: 'kms:Decrypt', Effect: 'Allow' },
    { Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'], Effect: 'Allow' },
    { Action: ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'], Effect: 'Allow', Resource: '*' },
  ];

  const INVOKE = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'];
  const PROFILE = 'arn:aws:bedrock:us-east-1:333333333333:inference-profile';
  const through = (profile: string, ...models: string[]) => ({
    Action: INVOKE,
    Effect: 'Allow',
    Condition: { ArnLike: { 'bedrock:InferenceProfileArn': `${PROFILE}/${profile}` } },
    Resource: models.length === 1 ? models[0] : models,
  });
  const viaService = (service: string) => ({
    StringEquals: { 'kms:ViaService': `${service}.us-east-1.amazonaws.com` },
  });
  const API_RIGHTS = [
    { Action: 'kms:Decrypt', Effect: 'Allow', Condition: viaService('secretsmanager') },
    { Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'], Effect: 'Allow' },
    { Action: 'sns:Publish', Effect: 'Allow' },
    { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Effect: 'Allow', Condition: viaService('sns') },
    {
      Action: INVOKE,
      Effect: 'Allow',
      Resource: [
        `${PROFILE}/global.anthropic.*`,
        `${PROFILE}/us.anthropic.*`,
        'arn:aws:bedrock:us-east-1::foundation-model/anthropic.*',
      ],
    },
    {
      Action: 'bedrock:CountTokens',
      Effect: 'Allow',
      Resource: 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.*',
    },
    through('us.anthropic.*', 'arn:aws:bedrock:*::foundation-model/anthropic.*'),
    through(
      'global.anthropic.*',
      'arn:aws:bedrock:*::foundation-model/anthropic.*',
      'arn:aws:bedrock:::foundation-model/anthropic.*',
    ),
  ];

  test.each([
    [
      'llm-cost-ops-api',
      'ApiIdentity',
      'database, cache, keys and models of providers, and the topic of budgets',
      API_RIGHTS,
    ],
    ['llm-cost-ops-admin', 'AdminIdentity', 'database, cache, the first key and metrics', ADMIN_RIGHTS],
  ])('gives the pods of %s (%s) %s, and nothing else', (serviceAccount, id, _what, further) => {
    prod.hasResourceProperties('AWS::EKS::PodIdentityAssociation', {
      Namespace: 'llm-cost-ops',
      ServiceAccount: serviceAccount,
      RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp(`^${id}Role`), 'Arn'] },
    });
    prod.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp(`^${id}Role`) }],
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Action: 'rds-db:connect', Effect: 'Allow' }),
          {
            Action: 'elasticache:Connect',
            Effect: 'Allow',
            Resource: [
              'arn:aws:elasticache:us-east-1:333333333333:replicationgroup:llm-cost-ops-prod',
              'arn:aws:elasticache:us-east-1:333333333333:user:llm-cost-ops-prod-api',
            ],
          },
          ...further.map((statement) => Match.objectLike(statement)),
        ],
      },
    });
  });

  test('lets the gateway invoke the models of its configuration alone, and none without Bedrock', () => {
    const statements = (gateway: Record<string, unknown>) =>
      Object.values(platformTemplates({ gateway }).Cluster.findResources('AWS::IAM::Policy'))
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .filter(({ Action }: { Action: unknown }) => JSON.stringify(Action).includes('bedrock:'));
    const profile = 'arn:aws:bedrock:eu-west-1:333333333333:application-inference-profile/abc123';
    expect(
      statements({
        providers: [
          { name: 'openai', type: 'openai' },
          { name: 'aws', type: 'bedrock', region: 'eu-west-1' },
        ],
        models: [
          {
            match: 'gpt-*',
            provider: 'openai',
            fallbacks: [{ provider: 'aws', model: 'amazon.nova-pro-v1:0' }],
          },
          { match: 'team-model', provider: 'aws', model: profile },
        ],
      }),
    ).toEqual([
      {
        Action: INVOKE,
        Effect: 'Allow',
        Resource: [profile, 'arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0'],
      },
      {
        Action: INVOKE,
        Effect: 'Allow',
        Condition: { ArnLike: { 'bedrock:InferenceProfileArn': profile } },
        Resource: 'arn:aws:bedrock:*::foundation-model/*',
      },
    ]);
    expect(
      statements({
        providers: [{ name: 'openai', type: 'openai' }],
        models: [{ match: '*', provider: 'openai' }],
      }),
    ).toEqual([]);
  });

  test("gives PgBouncer's pods the secret of the database's user alone, where it is the pooler", () => {
    const template = platformTemplates({ database: { pooler: 'pgbouncer' } }).Cluster;
    const associations = (of: Template) =>
      Object.values(of.findResources('AWS::EKS::PodIdentityAssociation')).filter(
        ({ Properties }) => Properties.ServiceAccount === 'llm-cost-ops-pgbouncer',
      );
    const [association] = associations(template);
    const roleId = association?.Properties.RoleArn['Fn::GetAtt'][0];
    const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
      Properties.Roles.some((role: { Ref: string }) => role.Ref === roleId),
    );
    expect(
      policies.flatMap(({ Properties }) =>
        Properties.PolicyDocument.Statement.map(({ Action, Condition }: Record<string, unknown>) => [
          Action,
          Condition,
        ]),
      ),
    ).toEqual([
      ['kms:Decrypt', { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } }],
      [['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'], undefined],
    ]);
    expect(associations(prod)).toEqual([]);
  });

  test('opens what is upstream from here, so that no stack waits for a later one', () => {
    const rules = Object.values(prod.findResources('AWS::EC2::SecurityGroupIngress')).map(
      ({ Properties: { Description, FromPort } }) => [Description, FromPort],
    );
    expect(rules).toEqual([
      ['Load balancer to pods', 8080],
      ['Pods to the database', 5432],
      ['Pods to the cache', 6379],
    ]);
  });

  test('uses an existing cluster by name and security group, and makes none', () => {
    const template = platformTemplates({
      cluster: { existing: EXISTING_CLUSTER },
      metrics: { scraperNamespace: 'monitoring' },
    }).Cluster;
    template.resourceCountIs('AWS::EKS::Cluster', 0);
    template.resourceCountIs('AWS::EKS::Addon', 0);
    template.hasResourceProperties('AWS::EKS::PodIdentityAssociation', { ClusterName: 'shared' });
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: 'sg-0123456789abcdef0',
      FromPort: 8080,
    });
    template.hasOutput('ClusterName', { Value: 'shared' });
  });
});
