import { Aspects, Stack, Tags, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../config/environment-config';
import { PROJECT, type StackId, stackName } from '../config/names';
import { UntaggedResources } from '../untagged-resources';

export interface PlatformStackProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
}

export interface PlatformStackOptions {
  /** What the stack contains, for the CloudFormation console. */
  readonly description: string;
  /**
   * Whether the stack has data that a deletion would lose; `terminationProtection` then applies to it.
   * @default false
   */
  readonly stateful?: boolean;
  /** AWS region that the stack is deployed to. @default - the environment's region */
  readonly region?: string;
}

/** Base of all stacks: a fixed name, an explicit account and region, tags, termination protection. */
export abstract class PlatformStack extends Stack {
  protected readonly config: ResolvedConfig;

  constructor(scope: Construct, id: StackId, { config }: PlatformStackProps, options: PlatformStackOptions) {
    const { description, stateful = false, region = config.region } = options;
    super(scope, id, {
      stackName: stackName(config.environment, id),
      description: `${PROJECT} ${config.environment}: ${description}`,
      env: { account: config.account, region },
      terminationProtection: stateful && config.terminationProtection,
      analyticsReporting: false,
    });
    this.config = config;
    for (const [key, value] of Object.entries({
      project: PROJECT,
      environment: config.environment,
      stack: id,
      'cost-centre': config.costCentre,
    })) {
      Tags.of(this).add(key, value);
    }
    Aspects.of(this).add(new UntaggedResources());
  }

  /** For a stack without resources in this configuration: the CDK deletes such a stack instead of deploying it. */
  protected acknowledgeEmpty(): void {
    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::F0001',
      reason: 'The CDK never deploys a template without resources: it deletes the stack, which is the point.',
    });
  }

  /** Zones of the configuration, because a look-up would need credentials at synth. */
  override get availabilityZones(): string[] {
    return [...this.config.availabilityZones];
  }
}
