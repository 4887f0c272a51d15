import { Match, type Template } from 'aws-cdk-lib/assertions';
import { onlyResource, platformTemplates } from '../../helpers/templates';

describe('DataStack', () => {
  let prod: Template;
  let dev: Template;

  beforeAll(() => {
    prod = platformTemplates().Data;
    dev = platformTemplates({}, 'dev').Data;
  });

  test('runs a Graviton PostgreSQL that is encrypted, private and over two zones', () => {
    expect(onlyResource(prod, 'AWS::RDS::DBInstance')).toMatchObject({
      Engine: 'postgres',
      EngineVersion: '17.9',
      DBInstanceClass: 'db.r8g.large',
      DBName: 'llm_cost_ops',
      StorageType: 'gp3',
      StorageEncrypted: true,
      KmsKeyId: expect.anything(),
      MultiAZ: true,
      PubliclyAccessible: false,
      EnableIAMDatabaseAuthentication: true,
      AllocatedStorage: '100',
      MaxAllocatedStorage: 1000,
    });
  });

  test('can be restored to any second, and survives its stack', () => {
    expect(onlyResource(prod, 'AWS::RDS::DBInstance')).toMatchObject({
      BackupRetentionPeriod: 35,
      DeleteAutomatedBackups: false,
      DeletionProtection: true,
      CopyTagsToSnapshot: true,
    });
    prod.hasResource('AWS::RDS::DBInstance', { DeletionPolicy: 'Snapshot', UpdateReplacePolicy: 'Snapshot' });
    dev.hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtection: false },
    });
  });

  test('is watched: insights, enhanced monitoring, logs that end', () => {
    expect(onlyResource(prod, 'AWS::RDS::DBInstance')).toMatchObject({
      DatabaseInsightsMode: 'advanced',
      EnablePerformanceInsights: true,
      PerformanceInsightsRetentionPeriod: 465,
      MonitoringInterval: 15,
      EnableCloudwatchLogsExports: ['postgresql'],
    });
    expect(onlyResource(dev, 'AWS::RDS::DBInstance')).toMatchObject({
      DatabaseInsightsMode: 'standard',
      PerformanceInsightsRetentionPeriod: 7,
    });
    prod.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/aws/rds/instance/llm-cost-ops-prod/postgresql',
      RetentionInDays: 30,
    });
  });

  test('insists on TLS, counts statements and logs those over a second', () => {
    expect(onlyResource(prod, 'AWS::RDS::DBParameterGroup')).toMatchObject({
      Family: 'postgres17',
      Parameters: {
        'rds.force_ssl': '1',
        shared_preload_libraries: 'pg_stat_statements',
        log_min_duration_statement: '1000',
        max_connections: '800',
      },
    });
  });

  test('leaves the master password to RDS, which rotates it', () => {
    expect(onlyResource(prod, 'AWS::RDS::DBInstance')).toMatchObject({
      ManageMasterUserPassword: true,
      MasterUserSecret: { KmsKeyId: expect.anything() },
    });
    // The only secrets are the first API key, and the keys of providers.
    prod.resourceCountIs('AWS::SecretsManager::Secret', 2);
  });

  test('generates the key of webhooks beside empty keys of providers, encrypted and kept', () => {
    prod.hasResource('AWS::SecretsManager::Secret', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        KmsKeyId: Match.anyValue(),
        GenerateSecretString: {
          SecretStringTemplate: '{"providers":{},"projects":{}}',
          GenerateStringKey: 'webhook_signing_key',
          PasswordLength: 48,
          ExcludePunctuation: true,
        },
      },
    });
    prod.hasOutput('GatewaySecretArn', {});
  });

  test('tells of budgets on an encrypted topic of their own, over TLS only', () => {
    prod.hasResourceProperties('AWS::SNS::Topic', {
      TopicName: 'llm-cost-ops-prod-budgets',
      KmsMasterKeyId: Match.anyValue(),
    });
    prod.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ],
      },
    });
    prod.hasOutput('BudgetTopicArn', {});
  });

  test('pools with an RDS Proxy that speaks TLS and IAM only', () => {
    const proxy = onlyResource(prod, 'AWS::RDS::DBProxy');
    expect(proxy).toMatchObject({
      RequireTLS: true,
      DefaultAuthScheme: 'IAM_AUTH',
      EngineFamily: 'POSTGRESQL',
      IdleClientTimeout: 300,
    });
    expect(proxy).not.toHaveProperty('Auth');
    expect(onlyResource(prod, 'AWS::RDS::DBProxyTargetGroup')).toMatchObject({
      ConnectionPoolConfigurationInfo: {
        ConnectionBorrowTimeout: 2,
        MaxConnectionsPercent: 90,
        MaxIdleConnectionsPercent: 45,
      },
    });
  });

  test('lets the proxy log in as the users of API and admin servers and as nobody else', () => {
    prod.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          {
            Action: 'rds-db:connect',
            Effect: 'Allow',
            Resource: ['admin', 'api', 'writer'].map((user) => ({
              'Fn::Join': [
                '',
                [
                  'arn:aws:rds-db:us-east-1:333333333333:dbuser:',
                  { 'Fn::GetAtt': [Match.stringLikeRegexp('DatabaseInstance'), 'DbiResourceId'] },
                  `/llm_cost_ops_${user}`,
                ],
              ],
            })),
          },
        ],
      },
    });
  });

  test('lets nothing but the proxy and the functions at the server', () => {
    const ingress = Object.values(prod.findResources('AWS::EC2::SecurityGroupIngress'));
    const sources = ingress.map(({ Properties }) => Properties.SourceSecurityGroupId['Fn::GetAtt'][0]);
    expect(sources.map((source) => source.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual([
      'AccessProxySecurityGroup',
      'SchemaFunctionSecurityGroup',
      'UpkeepPartitionsSecurityGroup',
      'UpkeepRollupSecurityGroup',
    ]);
    const groups = Object.values(prod.findResources('AWS::EC2::SecurityGroup'));
    expect(groups.filter(({ Properties }) => Properties.SecurityGroupIngress)).toEqual([]);
  });

  test('migrates on each deployment whose SQL has changed, and waits no longer than the function may run', () => {
    expect(onlyResource(prod, 'AWS::CloudFormation::CustomResource')).toEqual({
      ServiceToken: { 'Fn::GetAtt': [expect.stringMatching(/^SchemaFunction/), 'Arn'] },
      ServiceTimeout: 1020,
      Migrations: expect.stringMatching(/^[0-9a-f]{64}$/),
      ApiAuthentication: 'iam',
    });
    prod.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'llm-cost-ops-prod-database-migrator',
      Timeout: 900,
      Environment: {
        Variables: {
          DATABASE_HOST: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DatabaseInstance'), 'Endpoint.Address'] },
          API_SECRET_ARN: Match.absent(),
        },
      },
    });
  });

  test('lets the migrator read the master secret, and each function log in as one user', () => {
    const statements = Object.values(prod.findResources('AWS::IAM::Policy')).flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement,
    );
    const readers = statements.filter(({ Action }) =>
      [Action].flat().includes('secretsmanager:GetSecretValue'),
    );
    expect(readers).toHaveLength(1);
    const users = statements
      .filter(({ Action }) => Action === 'rds-db:connect')
      .map(({ Resource }) => [...JSON.stringify(Resource).matchAll(/llm_cost_ops_\w+/g)].join(' '))
      .sort();
    expect(users).toEqual([
      'llm_cost_ops_admin llm_cost_ops_api llm_cost_ops_writer',
      'llm_cost_ops_migrator',
      'llm_cost_ops_rollup',
    ]);
  });

  test('keeps values out of the log: prompts would outlive their erasure there', () => {
    prod.hasResourceProperties('AWS::RDS::DBParameterGroup', {
      Parameters: Match.objectLike({
        log_parameter_max_length: '0',
        log_parameter_max_length_on_error: '0',
        log_error_verbosity: 'terse',
      }),
    });
  });

  test('makes the first API key, as long as the service expects', () => {
    prod.hasResource('AWS::SecretsManager::Secret', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        GenerateSecretString: { PasswordLength: 43, ExcludePunctuation: true },
        KmsKeyId: Match.anyValue(),
      },
    });
    prod.hasOutput('FirstAdminKeySecretArn', {});
  });

  test('refreshes the roll-up every hour, one run at a time, and minds the partitions every night', () => {
    const schedules = Object.values(prod.findResources('AWS::Scheduler::Schedule'));
    expect(
      schedules.map(({ Properties }) => [Properties.Name, Properties.ScheduleExpression]).sort(),
    ).toEqual([
      ['llm-cost-ops-prod-database-partitions', 'cron(17 3 * * ? *)'],
      ['llm-cost-ops-prod-database-rollup', 'rate(1 hour)'],
    ]);
    prod.allResourcesProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 1 });
  });

  test('tells the charts where to connect', () => {
    prod.hasOutput('DatabaseEndpoint', {
      Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('AccessProxy'), 'Endpoint'] },
    });
  });

  describe('with read replicas', () => {
    let template: Template;
    beforeAll(() => {
      template = platformTemplates({ database: { readReplicas: 2 } }).Data;
    });

    test('has them beside the source, encrypted and named', () => {
      const replicas = Object.values(template.findResources('AWS::RDS::DBInstance'))
        .map(({ Properties }) => Properties)
        .filter(({ SourceDBInstanceIdentifier }) => SourceDBInstanceIdentifier);
      expect(replicas.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier)).toEqual([
        'llm-cost-ops-prod-replica-1',
        'llm-cost-ops-prod-replica-2',
      ]);
      expect(replicas.map(({ DeletionProtection }) => DeletionProtection)).toEqual([false, false]);
      template.hasOutput('DatabaseReaderEndpoint', {});
    });

    test('has a master secret of its own, rotated by a hosted function: RDS refuses replicas with its own', () => {
      template.resourcePropertiesCountIs('AWS::RDS::DBInstance', { ManageMasterUserPassword: true }, 0);
      template.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'RetainExceptOnCreate' });
      template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
        RotationRules: { ScheduleExpression: 'rate(30 days)' },
      });
    });
  });

  describe('with PgBouncer and a password', () => {
    let templates: ReturnType<typeof platformTemplates>;
    beforeAll(() => {
      templates = platformTemplates({ database: { authentication: 'password', pooler: 'pgbouncer' } });
    });

    test('leaves pooling to the cluster, and points it at the server', () => {
      templates.Data.resourceCountIs('AWS::RDS::DBProxy', 0);
      templates.Data.hasOutput('DatabaseEndpoint', {
        Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('DatabaseInstance'), 'Endpoint.Address'] },
      });
    });

    test.each([
      ['api', 'DatabaseUserSecretArn'],
      ['writer', 'DatabaseWriterSecretArn'],
      ['admin', 'DatabaseAdminSecretArn'],
    ])('generates and rotates the password of the user %s', (user, output) => {
      templates.Data.hasResource('AWS::SecretsManager::Secret', {
        DeletionPolicy: 'RetainExceptOnCreate',
        Properties: {
          GenerateSecretString: Match.objectLike({
            SecretStringTemplate: Match.stringLikeRegexp(`llm_cost_ops_${user}`),
          }),
          KmsKeyId: Match.anyValue(),
        },
      });
      templates.Data.resourceCountIs('AWS::SecretsManager::RotationSchedule', 3);
      templates.Data.hasOutput(output, {});
    });

    test('has the migrations set them', () => {
      templates.Data.hasResourceProperties('AWS::CloudFormation::CustomResource', {
        ApiAuthentication: 'password',
      });
      templates.Data.hasResourceProperties('AWS::Lambda::Function', {
        FunctionName: 'llm-cost-ops-prod-database-migrator',
        Environment: {
          Variables: Match.objectLike({
            API_SECRET_ARN: Match.anyValue(),
            WRITER_SECRET_ARN: Match.anyValue(),
            ADMIN_SECRET_ARN: Match.anyValue(),
          }),
        },
      });
    });

    test('lets the pods read it, and decrypt through Secrets Manager only', () => {
      templates.Cluster.hasResourceProperties('AWS::IAM::Policy', {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Action: 'kms:Decrypt',
              Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } },
            }),
            Match.objectLike({ Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'] }),
          ]),
        },
      });
    });
  });
});
