import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { MONTHS_AHEAD } from '../../lambda/database/constants';
import type { DatabaseUpkeep } from './database-upkeep';

/** Where the description of an alarm leads. */
const RUNBOOK = 'docs/database.md';

export interface DatabaseAlarmsProps {
  /** Start of the alarms' names. */
  readonly prefix: string;
  readonly upkeep: DatabaseUpkeep;
  /** SNS topic that is told of an alarm's beginning and end; null: nobody is. */
  readonly topicArn: string | null;
}

interface Watch {
  readonly description: string;
  readonly metric: Metric;
  readonly periods: number;
  readonly threshold: number;
  readonly comparison: ComparisonOperator;
  readonly missing: TreatMissingData;
}

/** Alarms on what a database needs done regularly. */
export class DatabaseAlarms extends Construct {
  private readonly topic: ITopic | null;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DatabaseAlarmsProps,
  ) {
    super(scope, id);
    const { topicArn, upkeep } = props;
    this.topic = topicArn === null ? null : Topic.fromTopicArn(this, 'Topic', topicArn);
    this.watch('rollup-late', {
      description: 'The cost roll-up has not been refreshed for three hours.',
      metric: upkeep.metricRefreshed({ period: Duration.hours(1) }),
      periods: 3,
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
    });
    this.watch('partitions-short', {
      description: `Fewer than ${MONTHS_AHEAD} coming months have a partition, or nobody has looked for two days.`,
      metric: upkeep.metricMonthsAhead({ period: Duration.days(1) }),
      periods: 2,
      threshold: MONTHS_AHEAD,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
    });
    this.watch('partitions-errors', {
      description: 'Partitions could not be made or detached.',
      metric: upkeep.metricPartitionErrors({ period: Duration.days(1) }),
      periods: 2,
      threshold: 1,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      missing: TreatMissingData.NOT_BREACHING,
    });
  }

  private watch(name: string, { description, periods, comparison, missing, ...watch }: Watch): void {
    const alarm = new Alarm(this, name, {
      ...watch,
      alarmName: `${this.props.prefix}-${name}`,
      alarmDescription: `${description} What to do: ${RUNBOOK}#${name}`,
      evaluationPeriods: periods,
      comparisonOperator: comparison,
      treatMissingData: missing,
    });
    if (this.topic === null) return;
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}
