import { parseScalerEvent, parseWorkload, scalerEnvironment } from '../../../lambda/predictive-scaler/config';
import { ENVIRONMENT } from '../../../lambda/predictive-scaler/constants';
import { workload } from './reconcile/rig';

const event = {
  shard: 'prod-1',
  intervalMinutes: 5,
  leaseMinutes: 20,
  workloads: [workload()],
  scheduledTime: '2026-11-27T08:05:00Z',
};

const sale = {
  name: 'sale',
  start: '2026-11-27T08:00',
  end: '2026-11-27T10:00',
  timeZone: 'Europe/Berlin',
  multiplier: 2,
  minReplicas: 0,
  excludeFromTraining: true,
};

test('reads an event as its schedule sends it', () => {
  expect(parseScalerEvent(event)).toEqual({
    shard: 'prod-1',
    intervalMinutes: 5,
    leaseMinutes: 20,
    workloads: [workload()],
    refused: [],
    scheduledMinute: Date.parse('2026-11-27T08:05:00Z') / 60_000,
  });
});

it.each([
  [null, /^event must be an object, got null$/],
  [{ ...event, shard: '' }, /^event.shard must be a non-empty text, got ""$/],
  [
    { ...event, intervalMinutes: 1.5 },
    /^event.intervalMinutes must be a whole number between 2 and 60, got 1.5$/,
  ],
  [
    { ...event, scheduledTime: '<aws.scheduler.scheduled-time>' },
    /^event.scheduledTime must be a time such as/,
  ],
  [{ ...event, workloads: {} }, /^event.workloads must be a list, got {}$/],
  [{ shard: 'a', workloads: [] }, /intervalMinutes must be .*, got nothing\n.*leaseMinutes/],
])('throws on an event that makes no sense: %j', (input, message) => {
  expect(() => parseScalerEvent(input)).toThrow(message);
});

test('a workload that makes no sense is refused alone, by name', () => {
  const { workloads, refused } = parseScalerEvent({
    ...event,
    workloads: [{ ...workload(), name: 'bad', stepMinutes: 15 }, workload(), {}, workload()],
  });
  expect(workloads.map(({ name }) => name)).toEqual(['api']);
  expect(refused.map(({ name }) => name)).toEqual(['bad', 'event.workloads[2]', 'api']);
  expect(refused[0]?.message).toBe('event.workloads[0].stepMinutes must be one of 1, 5, got 15');
  expect(refused[2]?.message).toBe('event.workloads[3].name must be unique, got "api" twice');
});

it.each([
  [{ loadPerReplica: 0 }, 'it.loadPerReplica must be a number above 0 and at most 1000000000, got 0'],
  [{ hpaTarget: 1.2 }, 'it.hpaTarget must be a number above 0 and at most 1, got 1.2'],
  [{ timeZone: 'Berlin' }, 'it.timeZone must be an IANA time zone such as Europe/Berlin, got "Berlin"'],
  [{ mode: 'watch' }, 'it.mode must be one of act, forecast-only, got "watch"'],
  [{ baseMinReplicas: 0 }, 'it.baseMinReplicas must be a whole number between 1 and 100000, got 0'],
  [
    { load: { ...workload().load, statistic: 'p99' } },
    /^it.load.statistic must be one of Sum, .*, got "p99"$/,
  ],
  [
    { events: [{ ...sale, end: '2026-11-27T07:00' }] },
    /^it.events: planned event 'sale': 'end' must be after 'start'/,
  ],
  [{ events: [{ ...sale, multiplier: -1 }] }, /^it.events\[0\].multiplier must be a number above 0/],
])('throws on a workload with %j', (change, message) => {
  expect(() => parseWorkload({ ...workload(), ...change }, 'it')).toThrow(message);
});

test('a workload may have planned events and a metric that is always there', () => {
  const whole = workload({ events: [sale], alwaysOn: workload().load });
  expect(parseWorkload(whole, 'it')).toEqual(whole);
});

test('throws where variables are missing, and names them all', () => {
  expect(() => scalerEnvironment({ [ENVIRONMENT.stateBucket]: 'b', [ENVIRONMENT.switchName]: 's' })).toThrow(
    /SWITCH_GROUP, SWITCH_FUNCTION_ARN, SWITCH_ROLE_ARN, SWITCH_DEAD_LETTER_QUEUE_ARN$/,
  );
});
