import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRICS } from '../../../lambda/predictive-scaler/constants';
import type { FloorRelease } from '../scaling/floor-release';
import type { PredictiveScaler } from '../scaling/predictive-scaler';
import { RunbookAlarm, type RunbookAlarmProps } from './runbook-alarm';

/** How often what happens between runs is looked at. */
const WATCH = Duration.minutes(5);

export interface ScalerAlarmsProps {
  /** Start of the alarms' names. */
  readonly prefix: string;
  /** Address of the runbook, without an anchor. */
  readonly runbookUrl: string;
  /** Time between two runs. */
  readonly interval: Duration;
  /** By shard. */
  readonly scalers: Readonly<Record<string, PredictiveScaler>>;
  readonly release: FloorRelease;
  readonly deadLetterQueue: IQueue;
  readonly thresholds: ScalerAlarmThresholds;
  /** Told of an alarm's beginning and end. */
  readonly topic: ITopic;
}

export interface ScalerAlarmThresholds {
  /** Share of the time-out. */
  readonly durationPercent: number;
  readonly workloadFailedMinutes: number;
  readonly skillLostMinutes: number;
  /** Share of loads within the 90 % quantile. */
  readonly coverageLeastPercent: number;
  readonly coverageMostPercent: number;
  readonly floorAtMaximumMinutes: number;
}

/** An alarm without what all of them have. */
type Watch = Omit<RunbookAlarmProps, 'alarmName' | 'runbook' | 'topic'> & {
  /** Anchor of the runbook. @default - the alarm's own name */
  readonly entry?: string;
};

/**
 * Alarms of predictive scaling. Those on workloads look at all of them with one query each, where every workload is a
 * contributor of its own: an alarm a workload would come to thousands, and a stack holds 500 resources.
 */
export class ScalerAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ScalerAlarmsProps,
  ) {
    super(scope, id);
    for (const [shard, scaler] of Object.entries(props.scalers)) this.watchScaler(shard, scaler);
    this.watchRelease();
    this.watchWorkloads();
  }

  private watchScaler(shard: string, scaler: PredictiveScaler): void {
    const { interval, thresholds } = this.props;
    const period = { period: interval };
    this.watch('scaler-errors', shard, {
      description: `Two of three runs of the scaler ${shard} failed.`,
      metric: scaler.metricErrors(period),
      periods: 3,
      badPeriods: 2,
      threshold: 1,
    });
    this.watch('scaler-throttles', shard, {
      description: `Runs of the scaler ${shard} had to wait for the ones before them.`,
      metric: scaler.metricThrottles(period),
      periods: 3,
      badPeriods: 2,
      threshold: 1,
    });
    this.watch('scaler-duration', shard, {
      description: `Runs of the scaler ${shard} take ${thresholds.durationPercent} % of their time-out.`,
      metric: scaler.metricDuration(period),
      periods: 3,
      badPeriods: 2,
      threshold: (scaler.timeout.toMilliseconds() * thresholds.durationPercent) / 100,
    });
  }

  private watchRelease(): void {
    const { deadLetterQueue, release } = this.props;
    this.watch('floor-release-errors', undefined, {
      description: 'Floors whose lease ran out could not be released.',
      metric: release.metricFailedReleases({ period: WATCH }),
      threshold: 1,
    });
    this.watch('scaler-dead-letters', undefined, {
      description: 'Runs of the scaler, or releases of floors, were given up.',
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({
        period: WATCH,
        statistic: 'Maximum',
      }),
      threshold: 1,
    });
  }

  private watchWorkloads(): void {
    const { thresholds } = this.props;
    this.watch('workload-failed', undefined, {
      description: `A workload's run has failed for ${thresholds.workloadFailedMinutes} min.`,
      metric: this.ofEachWorkload('MAX', METRICS.failed),
      periods: this.periodsIn(thresholds.workloadFailedMinutes),
      threshold: 1,
    });
    this.watch('forecast-skill-lost', undefined, {
      description: `Forecasts of a workload have been no better than its last load for ${thresholds.skillLostMinutes} min.`,
      metric: this.ofEachWorkload('MIN', METRICS.skill),
      periods: this.periodsIn(thresholds.skillLostMinutes),
      threshold: 0,
      comparison: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
    });
    this.watchCoverage();
    this.watch('floor-at-maximum', undefined, {
      description: `A floor has been its HPA's maximum for ${thresholds.floorAtMaximumMinutes} min.`,
      metric: this.ofEachWorkload('MIN', METRICS.floorAtMaximum, 'highest'),
      periods: this.periodsIn(thresholds.floorAtMaximumMinutes),
      threshold: 1,
    });
  }

  private watchCoverage(): void {
    const { coverageLeastPercent, coverageMostPercent, skillLostMinutes } = this.props.thresholds;
    const periods = this.periodsIn(skillLostMinutes);
    const entry = 'forecast-coverage-off';
    this.watch('forecast-coverage-low', undefined, {
      description: `Less than ${coverageLeastPercent} % of a workload's loads stay within their 90 % quantile.`,
      entry,
      metric: this.ofEachWorkload('MIN', METRICS.coverage),
      periods,
      threshold: coverageLeastPercent,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    });
    this.watch('forecast-coverage-high', undefined, {
      description: `More than ${coverageMostPercent} % of a workload's loads stay within their 90 % quantile.`,
      entry,
      metric: this.ofEachWorkload('MAX', METRICS.coverage),
      periods,
      threshold: coverageMostPercent,
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    });
  }

  /** A metric of every workload, each a time series, the worst first. */
  private ofEachWorkload(
    statistic: 'MAX' | 'MIN',
    metricName: string,
    worst: 'highest' | 'lowest' = statistic === 'MAX' ? 'highest' : 'lowest',
  ): MathExpression {
    const { namespace, workloadDimension: dimension } = METRICS;
    return new MathExpression({
      expression: `SELECT ${statistic}(${metricName}) FROM SCHEMA("${namespace}", ${dimension}) GROUP BY ${dimension} ORDER BY ${statistic}() ${worst === 'highest' ? 'DESC' : 'ASC'}`,
      label: metricName,
      period: this.props.interval,
    });
  }

  private periodsIn(minutes: number): number {
    return Math.max(1, Math.floor(minutes / this.props.interval.toMinutes()));
  }

  private watch(name: string, shard: string | undefined, { entry = name, ...watch }: Watch): void {
    const suffix = shard === undefined ? '' : `-${shard}`;
    const alarmName = `${this.props.prefix}-${name}${suffix}`;
    const { runbookUrl, topic } = this.props;
    const runbook = `${runbookUrl}#${entry}`;
    new RunbookAlarm(this, `${name}${suffix}`, { ...watch, alarmName, runbook, topic });
  }
}
