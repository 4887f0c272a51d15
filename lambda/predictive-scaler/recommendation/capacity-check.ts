import { type CapacityLimits, clampReplicas } from '../decision/capacity';
import { Calendar } from '../model/calendar';
import { type DayPatterns, isWeekend } from './load-patterns';

const DAY_HOURS = 24;
const HOUR_MINUTES = 60;

/** Whether replicas carry a load. */
export interface CapacityCheck {
  /** Load, in the unit of the capacity. */
  readonly load: number;
  /** Replicas that are to carry it. */
  readonly replicas: number;
  /** Replicas that it needs, without regard to limits. */
  readonly needed: number;
  /** Load as a share of what the replicas carry; above 1 they are too few. */
  readonly utilisation: number;
}

/** The busiest hour of the 24 to come, as the last week had it, carried by the most replicas. */
export interface BusiestHour extends CapacityCheck {
  /** Start of the hour, minutes since 1970-01-01 UTC. */
  readonly minute: number;
}

/** @param load not NaN */
export function checkLoad(load: number, replicas: number, { loadPerReplica }: CapacityLimits): CapacityCheck {
  const unlimited = { loadPerReplica, minReplicas: 0, maxReplicas: Number.POSITIVE_INFINITY };
  return {
    load,
    replicas,
    needed: clampReplicas(load / loadPerReplica, unlimited),
    utilisation: load / (replicas * loadPerReplica),
  };
}

/** undefined: there are no patterns yet. */
export function busiestHour(
  patterns: DayPatterns,
  timeZone: string,
  originMinute: number,
  capacity: CapacityLimits,
): BusiestHour | undefined {
  const calendar = new Calendar(timeZone);
  const start = Math.ceil(originMinute / HOUR_MINUTES) * HOUR_MINUTES;
  const hours = Array.from({ length: DAY_HOURS }, (_, index) => start + index * HOUR_MINUTES);
  const loads = hours.flatMap((minute) => {
    const day = isWeekend(calendar.weekday(minute)) ? patterns.weekend : patterns.weekdays;
    const hour = Math.floor(calendar.minuteOfDay(minute) / HOUR_MINUTES);
    const pattern = day.find((one) => one.hour === hour);
    return pattern ? [{ minute, load: pattern.max }] : [];
  });
  if (loads.length === 0) return undefined;
  const { minute, load } = loads.reduce((most, next) => (next.load > most.load ? next : most));
  return { minute, ...checkLoad(load, capacity.maxReplicas, capacity) };
}
