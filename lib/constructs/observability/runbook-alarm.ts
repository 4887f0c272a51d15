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
 * How long a new alarm waits for its first data where none is bad: the first roll-out, and the first hourly runs. It
 * ends as soon as there are enough.
 */
const WARM_UP = Duration.hours(4);

interface RunbookProps {
  readonly alarmName: string;
  /** What happens, for a person: a sentence. */
  readonly description: string;
  /** Its entry in the runbook, with the anchor. */
  readonly runbook: string;
}

export interface RunbookAlarmProps extends RunbookProps {
  readonly metric: IMetric;
  /** Evaluated periods of the metric. @default 1 */
  readonly periods?: number;
  /** Those of them that have to be bad. @default - all */
  readonly badPeriods?: number;
  readonly threshold: number;
  /** @default - at least the threshold */
  readonly comparison?: ComparisonOperator;
  /** @default - no data is no alarm */
  readonly missing?: TreatMissingData;
  /** Told of the alarm's beginning and end; null: nobody is, for a composite alarm tells of it. */
  readonly topic: ITopic | null;
}

/** An alarm that says where to read what to do. */
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

  /** aws-cdk-lib has no higher-level property for it. */
  private warmUp(): void {
    const alarm = this.node.defaultChild as CfnAlarm;
    alarm.warmUpConfiguration = { warmUpPeriodDurationInMinutes: WARM_UP.toMinutes() };
  }
}

export interface RunbookCompositeAlarmProps extends RunbookProps {
  readonly rule: IAlarmRule;
  readonly topic: ITopic;
  /**
   * An alarm of which this one is a consequence: while it goes off, this one tells nobody.
   * @default - it always tells
   */
  readonly unless?: CompositeAlarmProps['actionsSuppressor'];
}

/** Several alarms that are one trouble, and so one message. */
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
