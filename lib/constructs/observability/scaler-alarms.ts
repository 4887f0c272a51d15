import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRICS } from '../../../lambda/predictive-scaler/constants';
import type { FloorRelease } from '../scaling/floor-release';
import type { PredictiveScaler } from '../scaling/predictive-scaler';
import { RunbookAlarm, type RunbookAlarmProps } from './runbook-alarm';

/** Period of the alarms on releases and dead letters, which do not follow the scaler's interval. */
const WATCH = Duration.minutes(5);

export interface ScalerAlarmsProps {
  /** Start of the alarms' names, e.g. `llm-cost-ops-prod`. */
  readonly prefix: string;
  /** URL of the runbook, without an anchor. */
  readonly runbookUrl: string;
  /** Time between two runs. */
  readonly interval: Duration;
  /** Scalers by the number of their shard. */
  readonly scalers: Readonly<Record<string, PredictiveScaler>>;
  /** Function that releases floors. */
  readonly release: FloorRelease;
  /** Queue of scaler runs and releases that failed after all retries. */
  readonly deadLetterQueue: IQueue;
  /** When the alarms go off. */
  readonly thresholds: ScalerAlarmThresholds;
  /** SNS topic that receives the beginning and the end of each alarm. */
  readonly topic: ITopic;
}

/** Values at which the alarms on predictive scaling go off. */
export interface ScalerAlarmThresholds {
  /** Duration of a run, percent of the function's time-out. */
  readonly durationPercent: number;
  /** Minutes for which a workload's run has failed. */
  readonly workloadFailedMinutes: number;
  /**
   * Minutes for which forecasts have been no better than repeating the last load, or their coverage has been
   * wrong.
   */
  readonly skillLostMinutes: number;
  /** Lowest share of loads at or below their forecast 90 % quantile, percent. */
  readonly coverageLeastPercent: number;
  /** Highest share of loads at or below their forecast 90 % quantile, percent. */
  readonly coverageMostPercent: number;
  /** Minutes for which a floor has been its HPA's `maxReplicas`. */
  readonly floorAtMaximumMinutes: number;
}

/** Props of one alarm, without those that all alarms share. */
type Watch = Omit<RunbookAlarmProps, 'alarmName' | 'runbook' | 'topic'> & {
  /** Anchor of the runbook. @default - the alarm's own name */
  readonly entry?: string;
};

/**
 * Alarms of predictive scaling. Each alarm on workloads covers all of them with one Metrics Insights query, in which
 * every workload is a contributor. One alarm per workload could be thousands, and a stack can have 500 resources.
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

  /** A metric of all workloads: one time series for each, the worst first. */
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
