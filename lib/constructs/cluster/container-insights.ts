import { Stack, Validations } from 'aws-cdk-lib';
import { CfnAddon } from 'aws-cdk-lib/aws-eks';
import { ManagedPolicy, Role, ServicePrincipal, SessionTagsPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EncryptedLogGroup } from '../storage/encrypted-log-group';

const ADDON = 'amazon-cloudwatch-observability';

/** Service account of the agent and of Fluent Bit in the add-on's namespace. */
const SERVICE_ACCOUNT = 'cloudwatch-agent';

/** Log groups that the add-on writes to, below its prefix; made here first they have a key and an end. */
const LOG_GROUPS = ['application', 'dataplane', 'host', 'performance'] as const;

/**
 * What the agent does: Container Insights, and embedded metrics from the pods of the node. Application Signals, which
 * the add-on's own configuration switches on, would restart pods to put its instrumentation into them.
 */
const CONFIGURATION = {
  agent: {
    config: {
      logs: { metrics_collected: { kubernetes: { enhanced_container_insights: true }, emf: {} } },
    },
  },
};

export interface ContainerInsightsProps {
  readonly clusterName: string;
  /** Key of the log groups. */
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  /** Log group of the metrics that pods send to the agent. */
  readonly embeddedMetricsLogGroup: string;
  /** Keep the logs when the stack goes. */
  readonly retain: boolean;
}

/** CloudWatch's view into the cluster: metrics and logs of its pods, and an agent that takes their own metrics. */
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
