import { isTimeZone, minuteOf } from './local-time';

/** A period with an unusual load, as an operator configures it. */
export interface PlannedEvent {
  /** Name in logs and messages. */
  readonly name: string;
  /** First moment: `2026-11-27T08:00` in `timeZone`, or an instant with `Z` or an offset. */
  readonly start: string;
  /** First moment after the event, in the same notation. */
  readonly end: string;
  /** IANA time zone of `start` and `end`. @default 'UTC' */
  readonly timeZone?: string;
  /** Factor on the replicas that the forecast needs. @default 1 */
  readonly multiplier?: number;
  /** Smallest floor during the event, whole replicas. @default 0 */
  readonly minReplicas?: number;
  /** Whether training leaves the event's loads out. @default false */
  readonly excludeFromTraining?: boolean;
}

/** A validated planned event. */
export interface EventWindow {
  /** Name in logs and messages. */
  readonly name: string;
  /** First minute, since 1970-01-01 UTC. */
  readonly startMinute: number;
  /** First minute after the event, since 1970-01-01 UTC. */
  readonly endMinute: number;
  /** Factor on the replicas that the forecast needs. */
  readonly multiplier: number;
  /** Smallest floor, replicas. */
  readonly minReplicas: number;
  /** Whether training leaves the event's loads out. */
  readonly excludeFromTraining: boolean;
}

/** Effect of the active events; where several overlap, the highest values. */
export interface EventEffect {
  /** Names of the active events. */
  readonly names: readonly string[];
  /** Factor on the replicas that the forecast needs. */
  readonly multiplier: number;
  /** Smallest floor, replicas. */
  readonly minReplicas: number;
}

/** A planned event is invalid. The message names the event, the field, what it must be, and its value. */
export class PlannedEventError extends Error {
  override readonly name = 'PlannedEventError';

  constructor(
    readonly eventName: string,
    problem: string,
  ) {
    super(`planned event '${eventName}': ${problem}`);
  }
}

/** Validates a planned event and converts its times. @throws {PlannedEventError} where a field is invalid */
export function eventWindow(event: PlannedEvent): EventWindow {
  const { name, multiplier = 1, minReplicas = 0, timeZone = 'UTC', excludeFromTraining = false } = event;
  const refuse = (problem: string): never => {
    throw new PlannedEventError(name, problem);
  };
  if (!isTimeZone(timeZone))
    refuse(`'timeZone' must be an IANA name such as Europe/Berlin, got '${timeZone}'`);
  if (!(multiplier > 0 && Number.isFinite(multiplier)))
    refuse(`'multiplier' must be above 0, got ${multiplier}`);
  if (!(Number.isInteger(minReplicas) && minReplicas >= 0)) {
    refuse(`'minReplicas' must be a whole number of at least 0, got ${minReplicas}`);
  }
  const [startMinute, endMinute] = bounds(event, timeZone);
  if (endMinute <= startMinute) refuse(`'end' must be after 'start' (${event.start}), got ${event.end}`);
  return { name, startMinute, endMinute, multiplier, minReplicas, excludeFromTraining };
}

/** Ambiguous local times give the longer window: too long costs replicas, too short loses requests. */
function bounds({ name, start, end }: PlannedEvent, timeZone: string): [start: number, end: number] {
  const read = (field: string, text: string, ambiguous: 'earlier' | 'later') => {
    const minute = minuteOf(text, timeZone, ambiguous);
    if (!Number.isNaN(minute)) return minute;
    throw new PlannedEventError(
      name,
      `'${field}' must be like 2026-11-27T08:00, or 2026-11-27T08:00Z, got '${text}'`,
    );
  };
  return [read('start', start, 'earlier'), read('end', end, 'later')];
}

/**
 * Effect of the events that are active at any moment from `fromMinute` to `untilMinute`. Replicas take minutes to
 * start, so they are created before an event begins.
 * @returns undefined where no event is active
 */
export function effectDuring(
  windows: readonly EventWindow[],
  fromMinute: number,
  untilMinute: number,
): EventEffect | undefined {
  const active = windows.filter(
    ({ startMinute, endMinute }) => startMinute <= untilMinute && fromMinute < endMinute,
  );
  if (active.length === 0) return undefined;
  return {
    names: active.map(({ name }) => name),
    multiplier: Math.max(...active.map(({ multiplier }) => multiplier)),
    minReplicas: Math.max(...active.map(({ minReplicas }) => minReplicas)),
  };
}

/** Whether training leaves the minute's load out. */
export function isExcludedFromTraining(windows: readonly EventWindow[], minute: number): boolean {
  return windows.some(
    ({ excludeFromTraining, startMinute, endMinute }) =>
      excludeFromTraining && startMinute <= minute && minute < endMinute,
  );
}
