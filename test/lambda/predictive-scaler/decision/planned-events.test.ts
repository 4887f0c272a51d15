import {
  effectDuring,
  eventWindow,
  isExcludedFromTraining,
  type PlannedEvent,
  PlannedEventError,
} from '../../../../lambda/predictive-scaler/decision/planned-events';

const minute = (instant: string) => Date.parse(instant) / 60_000;
const sale: PlannedEvent = {
  name: 'sale',
  start: '2026-11-27T08:00',
  end: '2026-11-27T20:00',
  timeZone: 'America/New_York',
  minReplicas: 20,
};
const berlin = { name: 'night', timeZone: 'Europe/Berlin' };

it.each<[string, PlannedEvent, string, string]>([
  ['local times', sale, '2026-11-27T13:00Z', '2026-11-28T01:00Z'],
  [
    'instants',
    { name: 'x', start: '2026-01-01T00:00Z', end: '2026-01-01T02:00+01:00' },
    '2026-01-01T00:00Z',
    '2026-01-01T01:00Z',
  ],
  [
    'the hour that clocks skip moves on',
    { ...berlin, start: '2026-03-29T02:30', end: '2026-03-29T05:00' },
    '2026-03-29T01:30Z',
    '2026-03-29T03:00Z',
  ],
  [
    'the hour that comes twice is inside whole',
    { ...berlin, start: '2026-10-25T02:00', end: '2026-10-25T02:30' },
    '2026-10-25T00:00Z',
    '2026-10-25T01:30Z',
  ],
])('window of %s', (_, event, start, end) => {
  expect(eventWindow(event)).toMatchObject({ startMinute: minute(start), endMinute: minute(end) });
});

it.each<[Partial<PlannedEvent>, RegExp]>([
  [{ timeZone: 'Mars/Olympus' }, /'sale': 'timeZone' .* got 'Mars\/Olympus'/],
  [{ start: 'tomorrow' }, /'sale': 'start' .* got 'tomorrow'/],
  [{ end: '2026-02-30T08:00' }, /'sale': 'end' .* got '2026-02-30T08:00'/],
  [{ end: '2026-11-27T25:00' }, /'sale': 'end'/],
  [{ end: '2026-11-27T08:00' }, /'sale': 'end' must be after 'start'/],
  [{ multiplier: 0 }, /'sale': 'multiplier' must be above 0, got 0/],
  [{ minReplicas: 1.5 }, /'sale': 'minReplicas' .* got 1.5/],
])('throws for %p', (change, message) => {
  expect(() => eventWindow({ ...sale, ...change })).toThrow(PlannedEventError);
  expect(() => eventWindow({ ...sale, ...change })).toThrow(message);
});

describe('effect', () => {
  const windows = [
    eventWindow(sale),
    eventWindow({ ...sale, name: 'peak', start: '2026-11-27T10:00', end: '2026-11-27T11:00', multiplier: 2 }),
  ];

  it.each([
    ['2026-11-27T12:59Z', undefined],
    ['2026-11-27T13:00Z', { names: ['sale'], multiplier: 1, minReplicas: 20 }],
    ['2026-11-27T15:30Z', { names: ['sale', 'peak'], multiplier: 2, minReplicas: 20 }],
    ['2026-11-28T01:00Z', undefined],
  ])('at %s', (instant, effect) => {
    expect(effectDuring(windows, minute(instant), minute(instant))).toEqual(effect);
  });

  test('begins before the window where replicas take time to start', () => {
    const now = minute('2026-11-27T12:40Z');
    expect(effectDuring(windows, now, now + 19)).toBeUndefined();
    expect(effectDuring(windows, now, now + 20)?.names).toEqual(['sale']);
  });
});

test('training leaves out excluded events, without their end', () => {
  const windows = [eventWindow({ ...sale, excludeFromTraining: true })];
  const instants = ['2026-11-27T12:59Z', '2026-11-27T13:00Z', '2026-11-28T00:59Z', '2026-11-28T01:00Z'];
  expect(instants.map((at) => isExcludedFromTraining(windows, minute(at)))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(isExcludedFromTraining([eventWindow(sale)], minute('2026-11-27T14:00Z'))).toBe(false);
});
