import { CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../config/environment-config';
import { PROJECT, type StackId } from '../config/names';
import { objectivesOf } from '../config/objectives';
import { AlarmTopics } from '../constructs/observability/alarm-topics';
import { CostBudget } from '../constructs/observability/cost-budget';
import { DatabaseAlarms } from '../constructs/observability/database-alarms';
import { EnvironmentDashboards } from '../constructs/observability/environment-dashboards';
import { ObjectiveAlarms } from '../constructs/observability/objective-alarms';
import { type MeasuredParts, ObjectiveMetrics } from '../constructs/observability/objective-metrics';
import { ScalerAlarms } from '../constructs/observability/scaler-alarms';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

export interface ObservabilityStackProps extends PlatformStackProps, MeasuredParts {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
}

/** Alarms and their SNS topics, dashboards and the budget of the environment. */
export class ObservabilityStack extends PlatformStack {
  constructor(scope: Construct, id: StackId, props: ObservabilityStackProps) {
    super(scope, id, props, { description: 'Alarms, dashboards, budget' });
    const { config } = props;
    const prefix = `${PROJECT}-${config.environment}`;
    const topics = new AlarmTopics(this, 'Topics', { prefix, ...config.alarms });
    if (config.observability === 'full') this.createAlarms(props, prefix, topics);
    if (config.budget !== null) {
      new CostBudget(this, 'Budget', {
        name: prefix,
        monthly: config.budget.monthlyUsd,
        forecastPercents: config.budget.forecastPercents,
        spentPercents: config.budget.spentPercents,
        tags: { project: PROJECT, environment: config.environment },
        clusterName: config.cluster.kind === 'managed' ? config.cluster.name : null,
        topic: topics.ticket,
      });
    }

    if (config.observability === 'full') new EnvironmentDashboards(this, 'Dashboards', props);

    new CfnOutput(this, 'PageTopicArn', { value: topics.page.topicArn });
    new CfnOutput(this, 'TicketTopicArn', { value: topics.ticket.topicArn });
  }
  private createAlarms(props: ObservabilityStackProps, prefix: string, topics: AlarmTopics): void {
    const { config, scaling, upkeep } = props;
    const { runbookUrl } = config.alarms;
    new ObjectiveAlarms(this, 'ObjectiveAlarms', {
      prefix,
      runbookUrl,
      objectives: objectivesOf(config),
      metrics: new ObjectiveMetrics(props),
      topics,
    });
    new DatabaseAlarms(this, 'DatabaseAlarms', { prefix, runbookUrl, upkeep, topic: topics.ticket });
    if (scaling !== null && config.predictiveScaling !== null) {
      const thresholds = config.predictiveScaling.alarms;
      new ScalerAlarms(this, 'ScalerAlarms', {
        prefix,
        runbookUrl,
        ...scaling,
        thresholds,
        topic: topics.ticket,
      });
    }
  }
}
