import { Alarm, CompositeAlarm, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { BurnRateAlarms } from '../burn-rate-alarms';

/** The alarms of a stack by what they are to whoever looks at them. */
export interface AlarmGroups {
  /** Several alarms that are one trouble. */
  readonly composites: readonly IAlarm[];
  /** Each a metric and its limit. */
  readonly limits: readonly IAlarm[];
  /** Windows of error budgets, which mean something only together. */
  readonly burnRates: readonly IAlarm[];
}

/** All alarms below `scope` that have been made so far. */
export function alarmsBelow(scope: IConstruct): AlarmGroups {
  const all = scope.node.findAll();
  const alarms = all.filter((construct) => construct instanceof Alarm);
  const burns = (alarm: Alarm) => alarm.node.scopes.some((parent) => parent instanceof BurnRateAlarms);
  return {
    composites: all.filter((construct) => construct instanceof CompositeAlarm),
    limits: alarms.filter((alarm) => !burns(alarm)),
    burnRates: alarms.filter(burns),
  };
}
