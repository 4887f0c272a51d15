import { isTimeZone, minuteOf } from './local-time';

/** A window in which the load will be another than history tells, as a person writes it. */
export interface PlannedEvent {
  readonly name: string;
  /** `2026-11-27T08:00` in `timeZone`, or an instant with `Z` or an offset; belongs to the window. */
  readonly start: string;
  /** As `start`; does not belong to the window. */
  readonly end: string;
  /** IANA name. @default 'UTC' */
  readonly timeZone?: string;
  /** Factor on the wanted replicas. @default 1 */
  readonly multiplier?: number;
  /** Least replicas, a whole number. @default none */
  readonly minReplicas?: number;
  /** Whether models learn nothing from the window. @default false */
  readonly excludeFromTraining?: boolean;
}

/** A planned event with its window in minutes since 1970-01-01 UTC. */
export interface EventWindow {
  readonly name: string;
  readonly startMinute: number;
  readonly endMinute: number;
  readonly multiplier: number;
  readonly minReplicas: number;
  readonly excludeFromTraining: boolean;
}

/** What holds at a moment; where windows overlap, the highest of each. */
export interface EventEffect {
  readonly names: readonly string[];
  readonly multiplier: number;
  readonly minReplicas: number;
}

/** A planned event that cannot be meant as it is written. */
export class PlannedEventError extends Error {
  override readonly name = 'PlannedEventError';

  constructor(
    readonly eventName: string,
    problem: string,
  ) {
    super(`planned event '${eventName}': ${problem}`);
  }
}

/** @throws {PlannedEventError} names the event, the value and what it must be */
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

/** The longer reading of a window whose ends are ambiguous: too long costs replicas, too short costs requests. */
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
 * What holds at any moment from `fromMinute` to `untilMinute`: replicas that take minutes to start have to be asked for
 * before the window.
 * @returns undefined outside all windows
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

/** Whether models leave out what happened at the minute. */
export function isExcludedFromTraining(windows: readonly EventWindow[], minute: number): boolean {
  return windows.some(
    ({ excludeFromTraining, startMinute, endMinute }) =>
      excludeFromTraining && startMinute <= minute && minute < endMinute,
  );
}
