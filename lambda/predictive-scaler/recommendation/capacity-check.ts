import { type CapacityLimits, clampReplicas } from '../decision/capacity';
import { Calendar } from '../model/calendar';
import { type DayPatterns, isWeekend } from './load-patterns';

const DAY_HOURS = 24;
const HOUR_MINUTES = 60;

/** A load compared with the capacity of replicas. */
export interface CapacityCheck {
  /** Load, in the unit of the capacity. */
  readonly load: number;
  /** Replicas that should serve it. */
  readonly replicas: number;
  /** Replicas that it needs, without the limits. */
  readonly needed: number;
  /** Load as a share of the replicas' capacity; above 1 they are too few. */
  readonly utilisation: number;
}

/** The busiest of the next 24 hours, by the last week's pattern, compared with `maxReplicas`. */
export interface BusiestHour extends CapacityCheck {
  /** Start of the hour, minutes since 1970-01-01 UTC. */
  readonly minute: number;
}

/** Compares a load with the capacity of replicas. @param load not NaN */
export function checkLoad(load: number, replicas: number, { loadPerReplica }: CapacityLimits): CapacityCheck {
  const unlimited = { loadPerReplica, minReplicas: 0, maxReplicas: Number.POSITIVE_INFINITY };
  return {
    load,
    replicas,
    needed: clampReplicas(load / loadPerReplica, unlimited),
    utilisation: load / (replicas * loadPerReplica),
  };
}

/** The busiest of the next 24 hours; undefined before there are patterns. */
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
