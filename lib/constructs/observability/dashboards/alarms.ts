import { Alarm, CompositeAlarm, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { BurnRateAlarms } from '../burn-rate-alarms';

/** The alarms of a stack, grouped for the overview. */
export interface AlarmGroups {
  /** Composite alarms: what users notice. */
  readonly composites: readonly IAlarm[];
  /** Alarms on one metric and its limit. */
  readonly limits: readonly IAlarm[];
  /** Alarms on one window of a burn rate; they mean something only together. */
  readonly burnRates: readonly IAlarm[];
}

/** All alarms below `scope` that exist so far. */
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
