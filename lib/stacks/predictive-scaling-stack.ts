import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { ResolvedPredictiveScaling } from '../config/environment-config';
import { PROJECT, type StackId, scalerName } from '../config/names';
import type { KubernetesApi } from '../constructs/cluster/kubernetes-api';
import { DeadLetterQueue } from '../constructs/functions/dead-letter-queue';
import type { LoadBalancer } from '../constructs/load-balancer/load-balancer';
import { HttpsClientSecurityGroup } from '../constructs/network/https-client-security-group';
import { FloorRelease } from '../constructs/scaling/floor-release';
import { PredictiveScaler } from '../constructs/scaling/predictive-scaler';
import { ScalerStateBucket } from '../constructs/scaling/scaler-state-bucket';
import type { ScalingParts } from '../constructs/scaling/scaling-parts';
import { shardsOf } from '../constructs/scaling/shards';
import { workloadSettings } from '../constructs/scaling/workload-settings';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

export interface PredictiveScalingStackProps extends PlatformStackProps {
  /** VPC of the Network stack. */
  readonly vpc: IVpc;
  /** KMS key of data at rest, from the Network stack. */
  readonly dataKey: IKey;
  /** KMS key of log groups, from the Network stack. */
  readonly logsKey: IKey;
  /** Load balancer of the Ingress stack. It publishes the API's load. */
  readonly loadBalancer: LoadBalancer;
  /** Kubernetes API of the HPAs, from the Cluster stack; null only if predictive scaling is off. */
  readonly kubernetesApi: KubernetesApi | null;
  /** Role of the admin servers' pods, from the Cluster stack. */
  readonly adminRole: IRole;
}

/**
 * The functions that raise the floors of HPAs, their schedules, and the function that releases floors. Empty if
 * predictive scaling is off: the CDK then deletes a stack that was deployed before.
 */
export class PredictiveScalingStack extends PlatformStack {
  /** Resources for alarms and dashboards; null if predictive scaling is off. */
  readonly scaling: ScalingParts | null = null;

  constructor(scope: Construct, id: StackId, props: PredictiveScalingStackProps) {
    super(scope, id, props, { description: 'Predictive scaler and its schedules' });
    const { kubernetesApi } = props;
    const { predictiveScaling } = props.config;
    if (predictiveScaling !== null && kubernetesApi !== null) {
      this.scaling = this.build(props, predictiveScaling, kubernetesApi);
    } else {
      this.acknowledgeEmpty();
    }
  }

  private build(
    { adminRole, config, dataKey, loadBalancer, logsKey, vpc }: PredictiveScalingStackProps,
    settings: ResolvedPredictiveScaling,
    kubernetesApi: KubernetesApi,
  ): ScalingParts {
    const name = scalerName(config.environment);
    const deadLetterQueue = new DeadLetterQueue(this, 'DeadLetters', { queueName: `${name}-dead-letters` });
    const functions = (suffix: string) => ({
      functionName: `${name}-${suffix}`,
      vpc,
      securityGroup,
      deadLetterQueue,
      kubernetesApi,
      tracing: settings.tracing,
      logGroupName: `/${PROJECT}/${config.environment}/scaler-${suffix}`,
      logRetentionDays: settings.logRetentionDays,
      logsKey,
      retain: config.retainData,
    });
    const securityGroup = new HttpsClientSecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Predictive scaler',
    });
    const release = new FloorRelease(this, 'Release', functions('release'));
    const shared = {
      interval: Duration.minutes(settings.intervalMinutes),
      lease: Duration.minutes(settings.leaseMinutes),
      memoryMib: settings.memoryMib,
      scheduleGroup: this.scheduleGroup('Schedules', name),
      switchGroup: this.scheduleGroup('Switches', `${name}-switch`),
      release,
      stateBucket: new ScalerStateBucket(this, 'States', { encryptionKey: dataKey }),
    };
    shared.stateBucket.grantReadStates(adminRole);
    const workloads = settings.workloads.map((workload) => workloadSettings(workload, loadBalancer));
    const scalers = Object.fromEntries(
      shardsOf(workloads, settings.workloadsPerSchedule).map((shard, index) => [
        String(index + 1),
        new PredictiveScaler(this, `Scaler${index + 1}`, {
          ...functions(String(index + 1)),
          ...shared,
          shard: `${config.environment}-${index + 1}`,
          workloads: shard,
        }),
      ]),
    );
    return { interval: shared.interval, scalers, release, deadLetterQueue };
  }

  private scheduleGroup(id: string, scheduleGroupName: string): ScheduleGroup {
    return new ScheduleGroup(this, id, { scheduleGroupName, removalPolicy: RemovalPolicy.DESTROY });
  }
}
