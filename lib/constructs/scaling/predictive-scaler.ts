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
  /** Name of the shard, dimension of its metrics; each shard also needs its own `functionName`. */
  readonly shard: string;
  /** Workloads of the shard; the schedule's event contains their settings. */
  readonly workloads: readonly WorkloadSettings[];
  /** Time between two runs, whole minutes, at least 2. */
  readonly interval: Duration;
  /** Time after which a floor that no run has renewed is released; whole minutes, more than two intervals. */
  readonly lease: Duration;
  /** Memory of the function, MiB; Lambda gives one vCPU at 1769 MiB. */
  readonly memoryMib: number;
  /** EventBridge Scheduler group of the schedule that runs the function. */
  readonly scheduleGroup: IScheduleGroup;
  /** EventBridge Scheduler group of the dead man's switch. */
  readonly switchGroup: IScheduleGroup;
  /** Function that the dead man's switch invokes. */
  readonly release: FloorRelease;
  /** Bucket of the models' states. */
  readonly stateBucket: ScalerStateBucket;
  /** Kubernetes API of the workloads' HPAs. */
  readonly kubernetesApi: KubernetesApi;
}

/**
 * The scaler of one shard of the workloads: a function, the schedule that runs it and the switch that releases its
 * floors when it no longer runs. It has one run at a time, and the time-out is shorter than the interval, so two runs
 * never decide on the same floor.
 */
export class PredictiveScaler extends Construct {
  /** Time-out of a run: a minute less than the interval, at most 14 minutes. */
  readonly timeout: Duration;
  /** Time between two runs. */
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

  /** Runs that had to wait because the previous run had not ended. */
  metricThrottles(options?: MetricOptions): Metric {
    return this.scaler.metricThrottles({ statistic: 'Sum', ...options });
  }

  /** Duration of the longest run, ms. */
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

  /** Reading metrics has neither resources nor conditions in IAM: `cloudwatch:namespace` applies to writing only. */
  private grantReadMetrics(): void {
    Grant.addToPrincipal({
      grantee: this.scaler,
      actions: ['cloudwatch:GetMetricData'],
      resourceArns: ['*'],
    });
  }
}
