import type { ReleaseEvent } from '../../../../lambda/predictive-scaler/constants';
import { SchedulerSwitch } from '../../../../lambda/predictive-scaler/lease/scheduler-switch';
import { CallError } from '../../../../service/shared/call-error';
import { FakeScheduler } from '../../../helpers/fake-aws/fake-scheduler';
import type { Fault } from '../../../helpers/fault-server';
import { type RecordedWaiting, recordedWaiting } from '../../../helpers/waiting';

const MINUTE = Date.parse('2026-11-24T12:20:00Z') / 60_000;
const RELEASE: ReleaseEvent = {
  workloads: [{ name: 'api', namespace: 'llm-cost-ops', hpaName: 'api-hpa', baseMinReplicas: 3 }],
};
const ARN = 'arn:aws:iam::111111111111';

let scheduler: FakeScheduler;
let waiting: RecordedWaiting;

beforeAll(async () => {
  scheduler = await FakeScheduler.start();
});
afterAll(() => scheduler.close());
beforeEach(() => {
  scheduler.reset();
  scheduler.schedules.set('switches/scaler-switch', { State: 'DISABLED' });
  waiting = recordedWaiting();
});

function pusher(
  overrides: { scheduleName?: string; attemptMs?: number; certificateAuthority?: string } = {},
) {
  const { attemptMs = 5_000, ...rest } = overrides;
  return new SchedulerSwitch({
    ...scheduler.client,
    waiting,
    retries: { attemptMs },
    scheduleName: 'scaler-switch',
    groupName: 'switches',
    functionArn: `${ARN}:function:release`,
    roleArn: `${ARN}:role/switch`,
    deadLetterQueueArn: `${ARN}:dlq`,
    ...rest,
  });
}

async function failureOf(call: Promise<unknown>): Promise<CallError> {
  const error = await call.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CallError);
  return error as CallError;
}

it('switches the schedule on, once, at the minute in UTC, and repeats all that an update would reset', async () => {
  await pusher().extendTo(MINUTE, RELEASE);
  expect(scheduler.schedules.get('switches/scaler-switch')).toEqual({
    Description: expect.any(String),
    State: 'ENABLED',
    ScheduleExpression: 'at(2026-11-24T12:20:00)',
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'NONE',
    Target: {
      Arn: `${ARN}:function:release`,
      RoleArn: `${ARN}:role/switch`,
      Input: JSON.stringify(RELEASE),
      RetryPolicy: { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 185 },
      DeadLetterConfig: { Arn: `${ARN}:dlq` },
    },
  });
});

it('can be pushed again and again', async () => {
  await pusher().extendTo(MINUTE, RELEASE);
  await pusher().extendTo(MINUTE + 5, RELEASE);
  expect(scheduler.schedules.get('switches/scaler-switch')).toMatchObject({
    ScheduleExpression: 'at(2026-11-24T12:25:00)',
  });
});

it.each([1.5, Number.NaN, -1])('throws for the minute %d', async (minute) => {
  await expect(pusher().extendTo(minute, RELEASE)).rejects.toThrow(
    "'minute' must be a whole number of minutes",
  );
  expect(scheduler.server.requests).toEqual([]);
});

it.each([
  [429, 'ThrottlingException'],
  [500, 'InternalServerException'],
  [503, 'ServiceUnavailableException'],
  [409, 'ConflictException'],
])('tries %i %s again', async (status, code) => {
  scheduler.refuseNext(status, code, 3);
  await pusher().extendTo(MINUTE, RELEASE);
  expect(scheduler.server.requests).toHaveLength(4);
  expect(waiting.waits).toEqual([100, 200, 400]);
});

it.each<Fault['kind']>(['drop', 'cut'])('tries a connection that broke (%s) again', async (kind) => {
  scheduler.server.failNext({ kind } as Fault, 2);
  await pusher().extendTo(MINUTE, RELEASE);
  expect(scheduler.server.requests).toHaveLength(3);
});

it.each([
  [429, 'ThrottlingException', 'throttled'],
  [500, 'InternalServerException', 'server'],
  [409, 'ConflictException', 'conflict'],
])('fails after four tries at %i %s, and leaves the switch where it was', async (status, code, kind) => {
  scheduler.refuseNext(status, code, 10);
  expect(await failureOf(pusher().extendTo(MINUTE, RELEASE))).toMatchObject({
    kind,
    message: expect.stringContaining('UpdateSchedule of scaler-switch to at(2026-11-24T12:20:00)'),
  });
  expect(scheduler.server.requests).toHaveLength(4);
  expect(scheduler.schedules.get('switches/scaler-switch')).toEqual({ State: 'DISABLED' });
});

it.each([
  [403, 'AccessDeniedException', 'forbidden'],
  [403, 'ExpiredTokenException', 'unauthorized'],
  [400, 'ValidationException', 'invalid'],
])('fails at once at %i %s', async (status, code, kind) => {
  scheduler.refuseNext(status, code);
  expect((await failureOf(pusher().extendTo(MINUTE, RELEASE))).kind).toBe(kind);
  expect(scheduler.server.requests).toHaveLength(1);
});

it('fails at once where there is no such schedule', async () => {
  expect((await failureOf(pusher({ scheduleName: 'none' }).extendTo(MINUTE, RELEASE))).kind).toBe(
    'not-found',
  );
  expect(scheduler.server.requests).toHaveLength(1);
});

it('fails as a timeout when nothing answers', async () => {
  scheduler.server.failNext({ kind: 'hang' }, 10);
  expect((await failureOf(pusher({ attemptMs: 50 }).extendTo(MINUTE, RELEASE))).kind).toBe('timeout');
  expect(waiting.waits).toHaveLength(3);
});

it('fails at once, and sends nothing, where another authority signed', async () => {
  const other = await FakeScheduler.start();
  await other.close();
  const { certificateAuthority } = other;
  const failure = await failureOf(pusher({ certificateAuthority }).extendTo(MINUTE, RELEASE));
  expect(failure.kind).toBe('certificate');
  expect(scheduler.server.requests).toEqual([]);
});
