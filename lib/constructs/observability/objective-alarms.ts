import { AlarmRule, ComparisonOperator, type IAlarmRule, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type {
  LimitObjective,
  Objective,
  RequestObjective,
  RequestObjectiveId,
} from '../../config/objectives';
import type { AlarmTopics } from './alarm-topics';
import { BurnRateAlarms } from './burn-rate-alarms';
import type { ObjectiveMetrics } from './objective-metrics';
import { RunbookAlarm, RunbookCompositeAlarm, type RunbookCompositeAlarmProps } from './runbook-alarm';

const COMPARISONS: Readonly<Record<LimitObjective['missed'], ComparisonOperator>> = {
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  'at-or-above': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
};

const MISSING: Readonly<Record<LimitObjective['missing'], TreatMissingData>> = {
  bad: TreatMissingData.BREACHING,
  good: TreatMissingData.NOT_BREACHING,
  unknown: TreatMissingData.MISSING,
};

export interface ObjectiveAlarmsProps {
  /** Start of the alarms' names, e.g. `llm-cost-ops-prod`. */
  readonly prefix: string;
  /** URL of the runbook, without an anchor. */
  readonly runbookUrl: string;
  /** Objectives that get alarms. */
  readonly objectives: readonly Objective[];
  /** Source of the objectives' metrics. */
  readonly metrics: ObjectiveMetrics;
  /** SNS topics of pages and tickets. */
  readonly topics: AlarmTopics;
}

/**
 * Alarms for every objective. Composite alarms group what users notice, so that one outage pages once. An unavailable
 * API is one message, whatever other objectives it misses. A slow API is another message, unless it is unavailable.
 */
export class ObjectiveAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ObjectiveAlarmsProps,
  ) {
    super(scope, id);
    const { objectives } = props;
    const limits = objectives
      .filter((objective) => objective.kind === 'limit')
      .flatMap((objective) => this.watchLimit(objective));
    const burns = new Map(
      objectives
        .filter((objective) => objective.kind === 'requests')
        .map((objective) => [objective.id, this.watchBudget(objective)] as const),
    );
    this.tell(burns, limits);
  }

  private tell(burns: ReadonlyMap<RequestObjectiveId, BurnRateAlarms>, paging: readonly IAlarmRule[]): void {
    const { topics } = this.props;
    const pages = (...ids: RequestObjectiveId[]) => ids.flatMap((id) => burns.get(id)?.pages ?? []);
    const unavailable = this.together('api-unavailable', {
      description: 'The API is away, or fails so often that users notice.',
      rule: AlarmRule.anyOf(...pages('availability', 'errors'), ...paging),
      topic: topics.page,
    });
    this.together('api-slow', {
      description: 'The API is so slow that users notice.',
      rule: AlarmRule.anyOf(...pages('latency-p95', 'latency-p99')),
      topic: topics.page,
      unless: unavailable,
    });
    const gateway = pages('gateway-errors', 'gateway-overhead');
    if (gateway.length > 0) {
      this.together('gateway-failing', {
        description: 'The gateway fails or delays so many calls by its own fault that applications notice.',
        rule: AlarmRule.anyOf(...gateway),
        topic: topics.page,
        unless: unavailable,
      });
    }
    // One alarm for each objective: one budget may burn for a week while another begins to burn.
    for (const [id, { tickets }] of burns) {
      this.together(`${id}-budget-burn`, {
        description: `The error budget of ${id} will not last for its month.`,
        entry: 'error-budget-burn',
        rule: AlarmRule.anyOf(...tickets),
        topic: topics.ticket,
        unless: unavailable,
      });
    }
  }

  private together(
    name: string,
    {
      entry = name,
      ...props
    }: Omit<RunbookCompositeAlarmProps, 'alarmName' | 'runbook'> & { entry?: string },
  ): RunbookCompositeAlarm {
    const alarmName = `${this.props.prefix}-${name}`;
    return new RunbookCompositeAlarm(this, name, { ...props, alarmName, runbook: this.entry(entry) });
  }

  private entry(anchor: string): string {
    return `${this.props.runbookUrl}#${anchor}`;
  }

  private watchBudget(objective: RequestObjective): BurnRateAlarms {
    const { metrics, prefix } = this.props;
    return new BurnRateAlarms(this, objective.id, {
      namePrefix: `${prefix}-${objective.id}`,
      promise: objective.title,
      runbook: this.entry(objective.id),
      budgetPercent: objective.budgetPercent,
      badShare: (period) => metrics.badShare(objective, period),
    });
  }

  /** @returns the alarms of severity `page`; a composite alarm sends their messages */
  private watchLimit(objective: LimitObjective): IAlarmRule[] {
    const { metrics, prefix, topics } = this.props;
    const pages = objective.severity === 'page';
    const alarms = metrics.limited(objective).map((metric, index, { length }) => {
      const name = length === 1 ? objective.id : `${objective.id}-${index + 1}`;
      return new RunbookAlarm(this, name, {
        alarmName: `${prefix}-${name}`,
        description: `Missed: ${objective.title}.`,
        runbook: this.entry(objective.id),
        metric,
        periods: objective.periods,
        badPeriods: objective.badPeriods,
        threshold: objective.limit,
        comparison: COMPARISONS[objective.missed],
        missing: MISSING[objective.missing],
        topic: pages ? null : topics.ticket,
      });
    });
    return pages ? alarms : [];
  }
}
