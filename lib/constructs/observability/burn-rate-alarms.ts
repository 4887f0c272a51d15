import { Duration } from 'aws-cdk-lib';
import { AlarmRule, ComparisonOperator, type IAlarmRule, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type BurnRate, type BurnWindow, reachableBurnRates } from '../../config/burn-rates';
import { RunbookAlarm } from './runbook-alarm';

export interface BurnRateAlarmsProps {
  /** Start of the alarms' names, e.g. `llm-cost-ops-prod-errors`. */
  readonly namePrefix: string;
  /** The objective as a sentence for people; start of the alarms' descriptions. */
  readonly promise: string;
  /** URL of the objective's entry in the runbook, with the anchor. */
  readonly runbook: string;
  /** Error budget: share of requests that may be bad, percent, above 0. */
  readonly budgetPercent: number;
  /** Metric of the share of bad requests in each `period`, percent. */
  readonly badShare: (period: Duration) => IMetric;
}

/**
 * Alarms on the rate at which an error budget burns. They send no messages themselves: composite alarms use their
 * rules, so that one outage is one message.
 */
export class BurnRateAlarms extends Construct {
  /**
   * Rules of which one is in alarm while the budget burns so fast that it needs action now; empty for a large
   * budget.
   */
  readonly pages: readonly IAlarmRule[];
  /** Rules of which one is in alarm while the budget burns faster than it should. */
  readonly tickets: readonly IAlarmRule[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BurnRateAlarmsProps,
  ) {
    super(scope, id);
    const rates = reachableBurnRates(props.budgetPercent);
    const rules = (severity: BurnRate['severity']) =>
      rates.filter((rate) => rate.severity === severity).map((rate) => this.watch(rate));
    this.pages = rules('page');
    this.tickets = rules('ticket');
  }

  /** In alarm while both windows of the rate are. */
  private watch(rate: BurnRate): IAlarmRule {
    return AlarmRule.allOf(this.alarm(rate, rate.longWindow), this.alarm(rate, rate.shortWindow));
  }

  private alarm({ factor }: BurnRate, { name, periodMinutes, periods }: BurnWindow): RunbookAlarm {
    const { badShare, budgetPercent, namePrefix, promise, runbook } = this.props;
    const suffix = `burn-${factor}x-${name}`;
    return new RunbookAlarm(this, suffix, {
      alarmName: `${namePrefix}-${suffix}`,
      description: `${promise}: over ${name} its error budget burned ${factor} times as fast as 30 days allow.`,
      runbook,
      metric: badShare(Duration.minutes(periodMinutes)),
      periods,
      threshold: Number((factor * budgetPercent).toPrecision(6)),
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      topic: null,
    });
  }
}
