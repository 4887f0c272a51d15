import { Stack, Validations } from 'aws-cdk-lib';
import { CfnAddon } from 'aws-cdk-lib/aws-eks';
import { ManagedPolicy, Role, ServicePrincipal, SessionTagsPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EncryptedLogGroup } from '../storage/encrypted-log-group';

const ADDON = 'amazon-cloudwatch-observability';

/** Service account of the agent and of Fluent Bit in the add-on's namespace. */
const SERVICE_ACCOUNT = 'cloudwatch-agent';

/** Log groups of the add-on, below its prefix; created here so that they have a key and a retention. */
const LOG_GROUPS = ['application', 'dataplane', 'host', 'performance'] as const;

/**
 * The agent's configuration: Container Insights, and embedded metrics from the pods of the node. Application Signals,
 * which the add-on's default configuration enables, would restart pods to add its instrumentation.
 */
const CONFIGURATION = {
  agent: {
    config: {
      logs: { metrics_collected: { kubernetes: { enhanced_container_insights: true }, emf: {} } },
    },
  },
};

export interface ContainerInsightsProps {
  /** EKS cluster that the add-on is installed in. */
  readonly clusterName: string;
  /** KMS key of the log groups; its policy lets CloudWatch Logs use it. */
  readonly logsKey: IKey;
  /** Days that log events are kept; CloudWatch Logs accepts certain numbers only, e.g. 30. */
  readonly logRetentionDays: number;
  /** Name of the log group of the embedded metrics that pods send to the agent. */
  readonly embeddedMetricsLogGroup: string;
  /** Keep the log groups when the stack is deleted. */
  readonly retain: boolean;
}

/**
 * The CloudWatch Observability add-on: metrics and logs of pods, and an agent that receives the pods' own
 * metrics.
 */
export class ContainerInsights extends Construct {
  constructor(scope: Construct, id: string, props: ContainerInsightsProps) {
    super(scope, id);
    const addon = new CfnAddon(this, 'Addon', {
      addonName: ADDON,
      clusterName: props.clusterName,
      configurationValues: Stack.of(this).toJsonString(CONFIGURATION),
      podIdentityAssociations: [{ serviceAccount: SERVICE_ACCOUNT, roleArn: this.agentRole().roleArn }],
      resolveConflicts: 'OVERWRITE',
    });
    for (const name of LOG_GROUPS) {
      addon.node.addDependency(
        this.logGroup(name, `/aws/containerinsights/${props.clusterName}/${name}`, props),
      );
    }
    addon.node.addDependency(this.logGroup('embedded-metrics', props.embeddedMetricsLogGroup, props));
  }

  private agentRole(): Role {
    const role = new Role(this, 'Role', {
      description: 'CloudWatch agent and Fluent Bit write metrics and logs',
      assumedBy: new SessionTagsPrincipal(new ServicePrincipal('pods.eks.amazonaws.com')),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('CloudWatchAgentServerPolicy')],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/CloudWatchAgentServerPolicy]',
      reason: 'AWS keeps what its agent needs in this policy; a copy would fall behind its releases.',
    });
    return role;
  }

  private logGroup(id: string, logGroupName: string, props: ContainerInsightsProps): EncryptedLogGroup {
    return new EncryptedLogGroup(this, id, {
      logGroupName,
      retentionDays: props.logRetentionDays,
      encryptionKey: props.logsKey,
      retain: props.retain,
    });
  }
}
