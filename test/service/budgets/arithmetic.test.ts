import fc from 'fast-check';
import { projectedUsd } from '../../../service/budgets/projection';
import {
  RESERVATION_STATES,
  type ReservationEvent,
  type ReservationState,
} from '../../../service/budgets/spend/reservation-states';
import { decide, roomOf, shareOf } from '../../../service/budgets/spend/shares';
import { windowOf } from '../../../service/budgets/windows';
import { formatUsd, parseUsd } from '../../../service/prices/money';

const HOUR_MS = 3_600_000;

describe('the window of an instant', () => {
  test.each([
    ['day', 'UTC', '2026-11-15T00:00:00Z', '2026-11-15T00:00:00Z', 24],
    ['day', 'UTC', '2026-11-14T23:59:59.999Z', '2026-11-14T00:00:00Z', 24],
    ['day', 'Asia/Kolkata', '2026-11-15T18:30:00Z', '2026-11-15T18:30:00Z', 24],
    // Clocks go forward and back.
    ['day', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', 23],
    ['day', 'Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', 25],
    // Midnight itself is skipped: the day begins at 1.
    ['day', 'Africa/Cairo', '2026-04-24T12:00:00Z', '2026-04-23T22:00:00Z', 23],
    ['month', 'UTC', '2026-02-28T23:59:59Z', '2026-02-01T00:00:00Z', 28 * 24],
    ['month', 'America/New_York', '2026-03-01T04:59:59Z', '2026-02-01T05:00:00Z', 28 * 24],
    ['month', 'America/New_York', '2026-03-15T00:00:00Z', '2026-03-01T05:00:00Z', 31 * 24 - 1],
  ] as const)('of a %s in %s at %s begins at %s and lasts %d hours', (period, zone, at, start, hours) => {
    const { startsAt, endsAt } = windowOf(period, zone, new Date(at));
    expect(startsAt).toEqual(new Date(start));
    expect((endsAt.getTime() - startsAt.getTime()) / HOUR_MS).toBe(hours);
  });

  test('holds it, and the next one begins where it ends, whatever was asked before', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia'];
    const at = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 0, 1) }).map((ms) => new Date(ms));
    fc.assert(
      fc.property(fc.constantFrom('day', 'month'), fc.constantFrom(...zones), at, (period, zone, instant) => {
        const window = windowOf(period, zone, instant);
        expect(window.startsAt <= instant && instant < window.endsAt).toBe(true);
        const last = new Date(window.endsAt.getTime() - 1);
        expect(windowOf(period, zone, last)).toEqual(window);
        expect(windowOf(period, zone, window.endsAt).startsAt).toEqual(window.endsAt);
      }),
      { numRuns: 200 },
    );
  });

  test('fails for a zone that does not exist', () => {
    expect(() => windowOf('day', 'Europe/Nowhere', new Date())).toThrow('IANA');
  });
});

describe('a projection', () => {
  const november = { startsAt: new Date('2026-11-01T00:00:00Z'), endsAt: new Date('2026-12-01T00:00:00Z') };
  const shortDay = windowOf('day', 'Europe/Berlin', new Date('2026-03-29T12:00:00Z'));

  test.each([
    // A third of the month has passed.
    { spent: '10', now: '2026-11-11T00:00:00Z', window: november, projected: '30.0000000000' },
    // Would be 24.0000000000 if the day had 24 hours.
    { spent: '1', now: '2026-03-29T00:00:00Z', window: shortDay, projected: '23.0000000000' },
    { spent: '1', now: '2026-11-16T00:00:00Z', window: november, projected: '2.0000000000' },
    { spent: '0.0000000001', now: '2026-11-21T00:00:00Z', window: november, projected: '0.0000000002' },
    { spent: '0', now: '2026-11-16T00:00:00Z', window: november, projected: '0.0000000000' },
    // After the end nothing is added.
    { spent: '7', now: '2026-12-05T00:00:00Z', window: november, projected: '7.0000000000' },
    // The first 15 hours of a month say nothing.
    { spent: '7', now: '2026-11-01T14:59:59Z', window: november, projected: null },
    { spent: '7', now: '2026-11-01T15:00:00Z', window: november, projected: '336.0000000000' },
  ])('of $spent USD at $now is $projected', ({ spent, now, window, projected }) => {
    const pico = projectedUsd(parseUsd(spent) as bigint, window, new Date(now));
    expect(pico === null ? null : formatUsd(pico)).toBe(projected);
  });
});

describe('shares', () => {
  test.each([
    // limit, spent, others, held: room
    [100n, 10n, 20n, 30n, 40n],
    [100n, 120n, 0n, 0n, -20n],
    [null, 120n, 0n, 0n, null],
  ])(
    'of a limit of %s with %s spent, %s with others and %s held leave %s',
    (limit, spent, others, held, room) => {
      expect(roomOf({ limit, spent, others, held })).toBe(room);
    },
  );

  test.each([
    // room, held, demand: share
    [1600n, 50n, 30n, 80n],
    [1600n, 50n, 500n, 150n],
    [15n, 50n, 500n, 50n],
    [-20n, 50n, 500n, 50n],
    [null, 50n, 500n, 50n],
  ])(
    'with room of %s hold %s and what was asked for in a second, %s, as far as a 16th allows: %s',
    (room, held, demand, share) => {
      expect(shareOf(room, held, demand)).toBe(share);
    },
  );

  test('let a smaller call pass after one that does not fit, and hold it in all windows', () => {
    const rooms = new Map([
      ['day', 10n],
      ['month', 15n],
    ]);
    const calls = [
      { windows: ['day', 'month'], cost: 8n },
      { windows: ['day', 'month'], cost: 3n },
      { windows: ['day', 'month'], cost: 2n },
      { windows: ['month'], cost: 6n },
      { windows: ['deleted'], cost: 1000n },
    ];
    expect(decide(rooms, calls)).toEqual([
      { fits: true },
      { fits: false, window: 'day' },
      { fits: true },
      { fits: false, window: 'month' },
      { fits: true },
    ]);
  });

  test('of any number of pods never pass the limit together, whoever asks, spends or dies', () => {
    const pod = fc.nat({ max: 3 });
    const amount = fc.bigInt({ min: 0n, max: 60n });
    const step = fc.record({ pod, amount, kind: fc.constantFrom('ask', 'spend', 'release', 'die') });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 500n }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const pods = [0, 1, 2, 3].map(() => ({ share: 0n, held: 0n }));
        let spent = 0n;
        for (const { pod: index, amount: asked, kind } of steps) {
          const own = pods[index] as { share: bigint; held: bigint };
          if (kind === 'ask') {
            const others = pods.reduce((sum, one) => (one === own ? sum : sum + one.share), 0n);
            const room = roomOf({ limit, spent, others, held: own.held });
            const [decision] = decide(new Map([['w', room]]), [{ windows: ['w'], cost: asked }]);
            if (decision?.fits) own.held += asked;
            own.share = shareOf(roomOf({ limit, spent, others, held: own.held }), own.held, asked);
          } else if (kind === 'spend') {
            // The row of a call arrives: what was held is spent, and the share shrinks.
            const [cost = 0n] = [asked, own.held].sort((one, other) => (one < other ? -1 : 1));
            spent += cost;
            own.held -= cost;
            own.share -= cost;
          } else if (kind === 'release') {
            own.held = 0n;
          } else {
            own.held = 0n;
            own.share = 0n;
          }
          expect(own.held).toBeLessThanOrEqual(own.share);
          expect(spent + pods.reduce((sum, { share }) => sum + share, 0n)).toBeLessThanOrEqual(limit);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('a reservation ends once, and by the end of its row or by time only after it is settled', () => {
  const events = fc.array(fc.constantFrom<ReservationEvent>('settle', 'release', 'recorded', 'expire'));
  fc.assert(
    fc.property(events, (walk) => {
      const states: ReservationState[] = ['open'];
      for (const event of walk) states.push(RESERVATION_STATES[states.at(-1) ?? 'ended'][event]);
      const ended = states.indexOf('ended');
      if (ended === -1) return;
      expect(new Set(states.slice(ended))).toEqual(new Set(['ended']));
      const [before, event] = [states[ended - 1], walk[ended - 1]];
      expect(before === 'open' ? ['release'] : ['recorded', 'expire']).toContain(event);
    }),
  );
});
