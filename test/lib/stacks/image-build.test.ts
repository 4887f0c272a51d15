import { Match, type Template } from 'aws-cdk-lib/assertions';
import { parse } from 'yaml';
import { BUILD_MINUTES, QUEUE_MINUTES } from '../../../lambda/image-build/constants';
import { onlyResource, platformTemplates } from '../../helpers/templates';

const PROJECT = 'AWS::CodeBuild::Project';

describe('the build of the image', () => {
  let dev: Template;

  beforeAll(() => {
    dev = platformTemplates({}, 'dev').Cluster;
  });

  test('is part of a deployment that builds, and of no other', () => {
    expect(platformTemplates({}, 'prod').Cluster.findResources(PROJECT)).toEqual({});
    dev.hasResourceProperties('AWS::CloudFormation::CustomResource', {
      Project: { Ref: Match.stringLikeRegexp('^ImageBuildProject') },
      Repository: { Ref: Match.stringLikeRegexp('^Images') },
      Tag: 'pending',
    });
  });

  test('waits for the function and the project, and for less time than CloudFormation does', () => {
    const [resource] = Object.values(
      dev.findResources('AWS::CloudFormation::CustomResource', { Properties: { Tag: 'pending' } }),
    );
    for (const id of ['ImageBuildProject', 'ImageBuildFunction']) {
      expect(resource?.DependsOn).toContainEqual(expect.stringMatching(`^${id}`));
    }
    const [builder] = Object.values(
      dev.findResources('AWS::Lambda::Function', {
        Properties: { FunctionName: 'llm-cost-ops-dev-image-build' },
      }),
    );
    const seconds = builder?.Properties.Timeout;
    expect((QUEUE_MINUTES + BUILD_MINUTES) * 60).toBeLessThan(seconds);
    expect(seconds).toBeLessThan(resource?.Properties.ServiceTimeout);
    expect(onlyResource(dev, PROJECT)).toMatchObject({
      QueuedTimeoutInMinutes: QUEUE_MINUTES,
      TimeoutInMinutes: BUILD_MINUTES,
    });
  });

  test('logs in, builds for the architecture of the nodes, and pushes', () => {
    const { Source } = onlyResource(dev, PROJECT) as { Source: { BuildSpec: string; Type: string } };
    expect(parse(Source.BuildSpec).phases.build.commands).toEqual([
      'aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"',
      'docker build --provenance=false --platform "linux/$ARCHITECTURE" --tag "$REPOSITORY_URI:$IMAGE_TAG" .',
      'docker push "$REPOSITORY_URI:$IMAGE_TAG"',
    ]);
  });

  test.each([
    ['amd64', 'LINUX_CONTAINER', /^aws\/codebuild\/amazonlinux-x86_64-standard:/],
    ['arm64', 'ARM_CONTAINER', /^aws\/codebuild\/amazonlinux-aarch64-standard:/],
  ] as const)('for %s runs on a machine of that kind', (architecture, type, image) => {
    const { Cluster } = platformTemplates({ workload: { image: { source: 'built', architecture } } }, 'dev');
    expect(onlyResource(Cluster, PROJECT)).toMatchObject({
      Environment: {
        Type: type,
        Image: expect.stringMatching(image),
        EnvironmentVariables: expect.arrayContaining([{ Name: 'ARCHITECTURE', Value: architecture }]),
      },
    });
  });

  test('pushes to one repository, and its function starts one project', () => {
    const repository = { 'Fn::GetAtt': [expect.stringMatching(/^Images/), 'Arn'] };
    const project = { 'Fn::GetAtt': [expect.stringMatching(/^ImageBuildProject/), 'Arn'] };
    const statements = Object.values(dev.findResources('AWS::IAM::Role'))
      .flatMap(({ Properties }) => Properties.Policies ?? [])
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => /ecr:|codebuild:/.test(JSON.stringify(Action)));
    expect(statements).toEqual([
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      { Effect: 'Allow', Action: expect.arrayContaining(['ecr:PutImage']), Resource: repository },
      {
        Effect: 'Allow',
        Action: ['codebuild:BatchGetBuilds', 'codebuild:StartBuild', 'codebuild:StopBuild'],
        Resource: project,
      },
      { Effect: 'Allow', Action: 'ecr:DescribeImages', Resource: repository },
    ]);
  });

  test('leaves encrypted logs that expire', () => {
    for (const LogGroupName of ['/llm-cost-ops/dev/image-build', '/llm-cost-ops/dev/image-build-function']) {
      dev.hasResourceProperties('AWS::Logs::LogGroup', {
        LogGroupName,
        RetentionInDays: 7,
        KmsKeyId: Match.anyValue(),
      });
    }
  });
});
