import { Duration, Size } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import {
  DATABASE_ENVIRONMENT,
  DATABASE_ROLES,
  DATABASE_METRICS as METRICS,
} from '../../../lambda/database/constants';
import { FunctionSchedule } from '../functions/function-schedule';
import { DatabaseFunction, type SharedDatabaseFunctionProps } from './database-function';

const TIMEOUT = Duration.minutes(14);

export interface DatabaseUpkeepProps extends SharedDatabaseFunctionProps {
  /** Start of the functions' and schedules' names, e.g. `llm-cost-ops-prod-database`. */
  readonly namePrefix: string;
  /** Start of the log groups' names, e.g. `/llm-cost-ops/prod/database`. */
  readonly logGroupPrefix: string;
  /** EventBridge Scheduler group of the schedules. */
  readonly scheduleGroup: IScheduleGroup;
  /** Whole months that requests stay in the table after the month they were made in. */
  readonly retentionMonths: number;
  /** Whole days after which prompts are deleted, where a project has no retention of its own. */
  readonly promptRetentionDays: number;
  /** Hours between two refreshes of the summary by user, 1 to 24. */
  readonly summaryRefreshHours: number;
}

/** Scheduled maintenance of the database: the cost roll-ups every hour, partitions and retention every night. */
export class DatabaseUpkeep extends Construct {
  private readonly partitions: DatabaseFunction;
  private readonly environmentName: string;

  constructor(scope: Construct, id: string, props: DatabaseUpkeepProps) {
    super(scope, id);
    this.environmentName = props.environmentName;
    // The descriptions are those of the security groups too: CloudFormation would replace them after a change.
    const rollup = this.createFunction('Rollup', props, {
      description: 'Refreshes the cost roll-up',
      entry: 'lambda/database/rollups/handler.ts',
      user: DATABASE_ROLES.rollup,
    });
    rollup.addEnvironment(DATABASE_ENVIRONMENT.summaryRefreshHours, String(props.summaryRefreshHours));
    this.schedule('Rollup', props, rollup, 'rate(1 hour)');
    this.partitions = this.createFunction('Partitions', props, {
      description: 'Makes and detaches the monthly partitions',
      entry: 'lambda/database/partitions/handler.ts',
      // Only the owner of a table may attach to it and detach from it.
      user: DATABASE_ROLES.migrator,
    });
    this.partitions.addEnvironment(DATABASE_ENVIRONMENT.retentionMonths, String(props.retentionMonths));
    this.partitions.addEnvironment(
      DATABASE_ENVIRONMENT.promptRetentionDays,
      String(props.promptRetentionDays),
    );
    this.schedule('Partitions', props, this.partitions, 'cron(17 3 * * ? *)');
  }

  /** Refreshes of the cost roll-up that succeeded. */
  metricRefreshed(options?: MetricOptions): Metric {
    return this.metric(METRICS.refreshed, { statistic: 'Sum', ...options });
  }

  /** Length of the longest refresh, ms. */
  metricRefreshDuration(options?: MetricOptions): Metric {
    return this.metric(METRICS.refreshMilliseconds, { statistic: 'Maximum', ...options });
  }

  /** Rows of the cost roll-up. */
  metricRefreshRows(options?: MetricOptions): Metric {
    return this.metric(METRICS.refreshRows, { statistic: 'Maximum', ...options });
  }

  /** Coming months that have a partition. */
  metricMonthsAhead(options?: MetricOptions): Metric {
    return this.metric(METRICS.monthsAhead, { statistic: 'Minimum', ...options });
  }

  /** Records that were refused in the hour before a refresh. */
  metricRejectedRecords(options?: MetricOptions): Metric {
    return this.metric(METRICS.recordsRejected, { statistic: 'Maximum', ...options });
  }

  /** Requests of the day before a refresh that have no price, or only a part of one. */
  metricUnpricedRequests(options?: MetricOptions): Metric {
    return this.metric(METRICS.requestsUnpriced, { statistic: 'Maximum', ...options });
  }

  /** Requests that had been active for more than an hour at a refresh. */
  metricRequestsLeftActive(options?: MetricOptions): Metric {
    return this.metric(METRICS.requestsLeftActive, { statistic: 'Maximum', ...options });
  }

  /** Failed runs of the partitions function. */
  metricPartitionErrors(options?: MetricOptions): Metric {
    return this.partitions.metricErrors({ statistic: 'Sum', ...options });
  }

  private createFunction(
    id: string,
    { logGroupPrefix, namePrefix, ...props }: DatabaseUpkeepProps,
    { user, ...options }: { description: string; entry: string; user: string },
  ): DatabaseFunction {
    const created = new DatabaseFunction(this, id, {
      ...props,
      ...options,
      functionName: `${namePrefix}-${id.toLowerCase()}`,
      logGroupName: `${logGroupPrefix}-${id.toLowerCase()}`,
      memory: Size.mebibytes(256), // the server does the work
      timeout: TIMEOUT,
      eventMaxAge: TIMEOUT,
      retries: 1, // the next run is the better retry
    });
    created.logInAs(user);
    return created;
  }

  private schedule(
    id: string,
    props: DatabaseUpkeepProps,
    target: DatabaseFunction,
    expression: string,
  ): void {
    new FunctionSchedule(this, `${id}Schedule`, {
      scheduleName: `${props.namePrefix}-${id.toLowerCase()}`,
      group: props.scheduleGroup,
      target,
      expression,
      maxAge: TIMEOUT,
      deadLetterQueue: props.deadLetterQueue,
    });
  }

  private metric(metricName: string, options: MetricOptions): Metric {
    return new Metric({
      namespace: METRICS.namespace,
      metricName,
      dimensionsMap: { [METRICS.dimension]: this.environmentName },
      ...options,
    });
  }
}
