import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { MONTHS_AHEAD } from '../../../lambda/database/constants';
import type { DatabaseUpkeep } from '../database/database-upkeep';
import { RunbookAlarm, type RunbookAlarmProps } from './runbook-alarm';

export interface DatabaseAlarmsProps {
  /** Start of the alarms' names, e.g. `llm-cost-ops-prod`. */
  readonly prefix: string;
  /** URL of the runbook, without an anchor. */
  readonly runbookUrl: string;
  /** Scheduled maintenance that the alarms watch. */
  readonly upkeep: DatabaseUpkeep;
  /** SNS topic that receives the beginning and the end of each alarm. */
  readonly topic: ITopic;
}

/** Alarms on the scheduled maintenance of the database. */
export class DatabaseAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: DatabaseAlarmsProps,
  ) {
    super(scope, id);
    const { upkeep } = props;
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
    });
  }

  private watch(name: string, watch: Omit<RunbookAlarmProps, 'alarmName' | 'runbook' | 'topic'>): void {
    const { prefix, runbookUrl, topic } = this.props;
    new RunbookAlarm(this, name, {
      ...watch,
      alarmName: `${prefix}-${name}`,
      runbook: `${runbookUrl}#${name}`,
      topic,
    });
  }
}
