import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** Where the description of an alarm leads. */
const RUNBOOK = 'docs/runbook.md';

export interface RunbookAlarmProps {
  readonly alarmName: string;
  /** What happens, for a person: a sentence. */
  readonly description: string;
  /** Anchor of its entry in the runbook. */
  readonly runbook: string;
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
  /** Told of the alarm's beginning and end; null: nobody is. */
  readonly topic: ITopic | null;
}

/** An alarm that says where to read what to do. */
export class RunbookAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    const { periods = 1, badPeriods = periods, topic } = props;
    super(scope, id, {
      alarmName: props.alarmName,
      alarmDescription: `${props.description} What to do: ${RUNBOOK}#${props.runbook}`,
      metric: props.metric,
      evaluationPeriods: periods,
      datapointsToAlarm: badPeriods,
      threshold: props.threshold,
      comparisonOperator: props.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: props.missing ?? TreatMissingData.NOT_BREACHING,
    });
    if (topic === null) return;
    const action = new SnsAction(topic);
    this.addAlarmAction(action);
    this.addOkAction(action);
  }
}
