import * as z from 'zod/mini';
import { type Environment, requireVariables } from '../shared/environment';
import { ENVIRONMENT, type ScalerEvent, type WorkloadSettings } from './constants';
import { isTimeZone } from './decision/local-time';
import { eventWindow } from './decision/planned-events';

/** The event of a run is invalid. The message has a line for each problem. */
export class ScalerEventError extends Error {
  override readonly name = 'ScalerEventError';
}

/** Validated input of one run. */
export interface ScalingConfig extends Omit<ScalerEvent, 'scheduledTime'> {
  /** When the run was due, minutes since 1970-01-01 UTC. */
  readonly scheduledMinute: number;
  /** Workloads with invalid settings; the run skips them and reconciles the others. */
  readonly refused: readonly RefusedWorkload[];
}

/** A workload with invalid settings. */
export interface RefusedWorkload {
  /** Its name, or its place in the list where it has none, e.g. `event.workloads[2]`. */
  readonly name: string;
  /** Each problem on a line: the field, what it must be, and its value. */
  readonly message: string;
}

/** Values of the scaler's own environment variables; see ENVIRONMENT. */
export interface ScalerEnvironment {
  /** S3 bucket of the saved states. */
  readonly stateBucket: string;
  /** Name of the dead man's switch, a one-shot schedule of EventBridge Scheduler. */
  readonly switchName: string;
  /** Schedule group of the switch. */
  readonly switchGroup: string;
  /** ARN of the function that the switch invokes to release floors. */
  readonly switchFunctionArn: string;
  /** ARN of the role with which the schedule invokes it. */
  readonly switchRoleArn: string;
  /** ARN of the queue for invocations that could not be delivered. */
  readonly switchDeadLetterQueueArn: string;
}

/** Error of a schema: what the value must be, and the value. */
const mustBe =
  (expected: string) =>
  ({ input }: { input?: unknown }) =>
    `must be ${expected}, got ${input === undefined ? 'nothing' : JSON.stringify(input)}`;
const text = () =>
  z
    .string({ error: mustBe('a non-empty text') })
    .check(z.minLength(1, { error: mustBe('a non-empty text') }));
const whole = (least: number, most: number) => {
  const error = mustBe(`a whole number between ${least} and ${most}`);
  return z.int({ error }).check(z.minimum(least, { error }), z.maximum(most, { error }));
};
const above = (least: number, most: number) => {
  const error = mustBe(`a number above ${least} and at most ${most}`);
  return z.number({ error }).check(z.gt(least, { error }), z.maximum(most, { error }));
};
const oneOf = <const T extends readonly (string | number)[]>(...values: T) =>
  z.literal([...values], { error: mustBe(`one of ${values.join(', ')}`) });
const zone = () => {
  const error = mustBe('an IANA time zone such as Europe/Berlin');
  return z.string({ error }).check(z.refine(isTimeZone, { error }));
};
const record = <T extends z.core.$ZodLooseShape>(shape: T) => z.object(shape, { error: mustBe('an object') });
const list = <T extends z.core.SomeType>(item: T) => z.array(item, { error: mustBe('a list') });

const METRIC = record({
  namespace: text(),
  name: text(),
  dimensions: z.record(z.string(), text(), { error: mustBe('an object whose values are texts') }),
  statistic: oneOf('Sum', 'Average', 'Maximum', 'Minimum', 'SampleCount'),
  scale: above(0, 1e9),
});

const EVENT = record({
  name: text(),
  start: text(),
  end: text(),
  timeZone: zone(),
  multiplier: above(0, 1_000),
  minReplicas: whole(0, 100_000),
  excludeFromTraining: z.boolean({ error: mustBe('true or false') }),
});

const WORKLOAD = record({
  name: text(),
  namespace: text(),
  hpaName: text(),
  mode: oneOf('act', 'forecast-only'),
  rule: oneOf('adaptive', 'buffer'),
  baseMinReplicas: whole(1, 100_000),
  loadPerReplica: above(0, 1e9),
  startMinutes: whole(0, 60),
  hpaTarget: above(0, 1),
  timeZone: zone(),
  stepMinutes: oneOf(1, 5),
  load: METRIC,
  alwaysOn: z.nullable(METRIC),
  events: list(EVENT),
});

const SCALER_EVENT = record({
  shard: text(),
  intervalMinutes: whole(2, 60),
  leaseMinutes: whole(3, 1_440),
  workloads: list(z.unknown()),
  scheduledTime: z.string({ error: mustBe('a time such as 2026-11-27T08:00:00Z') }).check(
    z.refine((time) => !Number.isNaN(Date.parse(time)), {
      error: mustBe('a time such as 2026-11-27T08:00:00Z'),
    }),
  ),
});

/**
 * Validates the event of a run. Invalid workloads are returned in `refused`.
 * @throws {ScalerEventError} where the event itself is invalid; names the field, what it must be, and its value
 */
export function parseScalerEvent(input: unknown): ScalingConfig {
  const { scheduledTime, workloads: given, ...event } = check(SCALER_EVENT, input, 'event');
  const workloads: WorkloadSettings[] = [];
  const refused: RefusedWorkload[] = [];
  for (const [index, one] of given.entries()) {
    const place = `event.workloads[${index}]`;
    try {
      const workload = parseWorkload(one, place);
      if (workloads.some(({ name }) => name === workload.name)) {
        throw new ScalerEventError(`${place}.name must be unique, got "${workload.name}" twice`);
      }
      workloads.push(workload);
    } catch (error) {
      if (!(error instanceof ScalerEventError)) throw error;
      refused.push({ name: nameOf(one) ?? place, message: error.message });
    }
  }
  return { ...event, workloads, refused, scheduledMinute: Date.parse(scheduledTime) / 60_000 };
}

/**
 * Validates the settings of a workload.
 * @param place path of the workload in error messages, e.g. `event.workloads[2]`
 * @throws {ScalerEventError} names the field, what it must be, and its value
 */
export function parseWorkload(input: unknown, place: string): WorkloadSettings {
  const workload = check(WORKLOAD, input, place);
  for (const event of workload.events) {
    try {
      eventWindow(event);
    } catch (error) {
      throw new ScalerEventError(`${place}.events: ${(error as Error).message}`, { cause: error });
    }
  }
  return workload;
}

/** Reads the scaler's environment variables. @throws {RangeError} names the missing ones */
export function scalerEnvironment(environment: Environment): ScalerEnvironment {
  const { stateBucket, switchName, switchGroup, switchFunctionArn, switchRoleArn, switchDeadLetterQueueArn } =
    ENVIRONMENT;
  const names = [
    stateBucket,
    switchName,
    switchGroup,
    switchFunctionArn,
    switchRoleArn,
    switchDeadLetterQueueArn,
  ] as const;
  const values = requireVariables(environment, names);
  return {
    stateBucket: values[stateBucket],
    switchName: values[switchName],
    switchGroup: values[switchGroup],
    switchFunctionArn: values[switchFunctionArn],
    switchRoleArn: values[switchRoleArn],
    switchDeadLetterQueueArn: values[switchDeadLetterQueueArn],
  };
}

function check<T extends z.ZodMiniType>(schema: T, input: unknown, place: string): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${place}${pathOf(path)} ${message}`);
  throw new ScalerEventError(problems.join('\n'));
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
}

function nameOf(workload: unknown): string | undefined {
  const name = (workload as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
