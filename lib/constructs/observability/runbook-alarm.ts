import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type CfnAlarm,
  ComparisonOperator,
  CompositeAlarm,
  type CompositeAlarmProps,
  type IAlarmRule,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/**
 * How long a new alarm for which missing data is bad waits for its first data: the first roll-out, and the first hourly
 * runs. The wait ends as soon as there is enough data.
 */
const WARM_UP = Duration.hours(4);

interface RunbookProps {
  /** Name of the alarm, unique in account and region. */
  readonly alarmName: string;
  /** What happens, as a sentence for people. */
  readonly description: string;
  /** URL of the alarm's entry in the runbook, with the anchor. */
  readonly runbook: string;
}

export interface RunbookAlarmProps extends RunbookProps {
  /** Metric that the alarm compares with the threshold. */
  readonly metric: IMetric;
  /** Most recent periods of the metric that the alarm evaluates. @default 1 */
  readonly periods?: number;
  /** Evaluated periods that must breach the threshold. @default - all evaluated periods */
  readonly badPeriods?: number;
  /** Value that the metric is compared with, in the metric's unit. */
  readonly threshold: number;
  /**
   * How the metric compares with the threshold when it breaches.
   * @default - greater than or equal to the threshold
   */
  readonly comparison?: ComparisonOperator;
  /** What a period without data counts as. @default - not breaching */
  readonly missing?: TreatMissingData;
  /**
   * SNS topic that receives the beginning and the end of the alarm; null sends no messages, because a
   * composite alarm does.
   */
  readonly topic: ITopic | null;
}

/** An alarm whose description links to its runbook entry. */
export class RunbookAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    const { periods = 1, badPeriods = periods, topic } = props;
    super(scope, id, {
      alarmName: props.alarmName,
      alarmDescription: descriptionOf(props),
      metric: props.metric,
      evaluationPeriods: periods,
      datapointsToAlarm: badPeriods,
      threshold: props.threshold,
      comparisonOperator: props.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: props.missing ?? TreatMissingData.NOT_BREACHING,
    });
    if (props.missing === TreatMissingData.BREACHING) this.warmUp();
    if (topic !== null) tell(this, topic);
  }

  /** Set on the L1 construct, because `Alarm` has no property for it. */
  private warmUp(): void {
    const alarm = this.node.defaultChild as CfnAlarm;
    alarm.warmUpConfiguration = { warmUpPeriodDurationInMinutes: WARM_UP.toMinutes() };
  }
}

export interface RunbookCompositeAlarmProps extends RunbookProps {
  /** Rule over other alarms, by which this alarm goes off. */
  readonly rule: IAlarmRule;
  /** SNS topic that receives the beginning and the end of the alarm. */
  readonly topic: ITopic;
  /**
   * Alarm that causes this one: while it is in alarm, this one sends no messages.
   * @default - it always sends messages
   */
  readonly unless?: CompositeAlarmProps['actionsSuppressor'];
}

/** A composite alarm: one message for several alarms that have one cause. Its description links to the runbook. */
export class RunbookCompositeAlarm extends CompositeAlarm {
  constructor(scope: Construct, id: string, props: RunbookCompositeAlarmProps) {
    super(scope, id, {
      compositeAlarmName: props.alarmName,
      alarmDescription: descriptionOf(props),
      alarmRule: props.rule,
      actionsSuppressor: props.unless,
    });
    tell(this, props.topic);
  }
}

function descriptionOf({ description, runbook }: RunbookProps): string {
  return `${description} What to do: ${runbook}`;
}

function tell(alarm: Alarm | CompositeAlarm, topic: ITopic): void {
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
}
