import { Duration, Size, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import {
  METRICS,
  SCALER_GROUP,
  type ScalerEvent,
  type WorkloadSettings,
} from '../../../lambda/predictive-scaler/constants';
import type { KubernetesApi } from '../cluster/kubernetes-api';
import { FunctionSchedule } from '../functions/function-schedule';
import { VpcFunction, type VpcFunctionProps } from '../functions/vpc-function';
import { DeadMansSwitch } from './dead-mans-switch';
import type { FloorRelease } from './floor-release';
import type { ScalerStateBucket } from './scaler-state-bucket';

/** What EventBridge Scheduler replaces with the time at which the run was due. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

export interface PredictiveScalerProps
  extends Omit<
    VpcFunctionProps,
    'concurrency' | 'description' | 'entry' | 'eventMaxAge' | 'memory' | 'retries' | 'timeout'
  > {
  /** Name of the shard: dimension of its metrics; functionName is unique for it too. */
  readonly shard: string;
  readonly workloads: readonly WorkloadSettings[];
  /** Time between two runs. */
  readonly interval: Duration;
  /** Time after which a floor that was not renewed is released. */
  readonly lease: Duration;
  readonly memoryMib: number;
  readonly scheduleGroup: IScheduleGroup;
  /** Group of the dead man's switch. */
  readonly switchGroup: IScheduleGroup;
  readonly release: FloorRelease;
  readonly stateBucket: ScalerStateBucket;
  readonly kubernetesApi: KubernetesApi;
}

/**
 * The scaler of one shard of the workloads: a function, the schedule that runs it and the switch that releases its
 * floors when it does not run any more. One run at a time, and none outlives its interval by its time-out, so that two
 * runs never decide on one floor.
 */
export class PredictiveScaler extends Construct {
  /** Longest run. */
  readonly timeout: Duration;
  readonly interval: Duration;

  private readonly shard: string;
  private readonly scaler: VpcFunction;

  constructor(scope: Construct, id: string, props: PredictiveScalerProps) {
    super(scope, id);
    this.shard = props.shard;
    this.interval = props.interval;
    // A minute less, in which Lambda starts the function and a late event is still worth a run.
    this.timeout = Duration.minutes(Math.min(props.interval.toMinutes() - 1, 14));
    this.scaler = this.createFunction(props);
    this.schedule(props);
    this.holdSwitch(props);
    props.stateBucket.grantStates(this.scaler);
    props.kubernetesApi.admit(this.scaler, SCALER_GROUP);
    this.grantReadMetrics();
  }

  /** Completed runs. */
  metricHeartbeat(options?: MetricOptions): Metric {
    return new Metric({
      namespace: METRICS.namespace,
      metricName: METRICS.heartbeat,
      dimensionsMap: { [METRICS.shardDimension]: this.shard },
      statistic: 'Sum',
      ...options,
    });
  }

  /** Failed runs. */
  metricErrors(options?: MetricOptions): Metric {
    return this.scaler.metricErrors({ statistic: 'Sum', ...options });
  }

  /** Runs that had to wait because the one before was still under way. */
  metricThrottles(options?: MetricOptions): Metric {
    return this.scaler.metricThrottles({ statistic: 'Sum', ...options });
  }

  /** Length of the longest run, ms. */
  metricDuration(options?: MetricOptions): Metric {
    return this.scaler.metricDuration({ statistic: 'Maximum', ...options });
  }

  private createFunction(props: PredictiveScalerProps): VpcFunction {
    return new VpcFunction(this, 'Function', {
      ...props,
      description: `Sets the floors of ${props.workloads.length} HPAs ahead of their load`,
      entry: 'lambda/predictive-scaler/handler.ts',
      memory: Size.mebibytes(props.memoryMib),
      timeout: this.timeout,
      concurrency: 1,
      eventMaxAge: this.timeout,
      retries: 1, // the next run is the better retry
    });
  }

  private schedule(props: PredictiveScalerProps): void {
    const event: ScalerEvent = {
      shard: props.shard,
      intervalMinutes: props.interval.toMinutes(),
      leaseMinutes: props.lease.toMinutes(),
      workloads: props.workloads,
      scheduledTime: SCHEDULED_TIME,
    };
    new FunctionSchedule(this, 'Schedule', {
      scheduleName: props.functionName,
      group: props.scheduleGroup,
      target: this.scaler,
      expression: `rate(${event.intervalMinutes} minutes)`,
      maxAge: this.timeout,
      event: Stack.of(this).toJsonString(event),
      deadLetterQueue: props.deadLetterQueue,
    });
  }

  private holdSwitch({
    deadLetterQueue,
    functionName,
    release,
    switchGroup,
    workloads,
  }: PredictiveScalerProps): void {
    new DeadMansSwitch(this, 'Switch', {
      scheduleName: `${functionName}-switch`,
      group: switchGroup,
      release,
      event: {
        workloads: workloads.map(({ name, namespace, hpaName, baseMinReplicas }) => ({
          name,
          namespace,
          hpaName,
          baseMinReplicas,
        })),
      },
      deadLetterQueue,
    }).grantPush(this.scaler);
  }

  /** CloudWatch knows neither resources nor conditions for reading metrics: `cloudwatch:namespace` is for writing. */
  private grantReadMetrics(): void {
    Grant.addToPrincipal({
      grantee: this.scaler,
      actions: ['cloudwatch:GetMetricData'],
      resourceArns: ['*'],
    });
  }
}
