import { normal, type Random, seededRandom } from '../simulation/random';
import { DEMO_DAYS, type DemoHour, demoHours } from './demo-hours';
import { type DemoModel, FAILING_PROVIDER, pickModel } from './demo-models';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Users of each project. */
const USERS = 40;

/** Seed of the demo: everybody sees the same. */
const SEED = 20_260;

/** Part of the requests that the platform's own cache answers. */
const HIT_SHARE = 0.18;

/** Part of the input tokens that providers read from their cache, where they do. */
const CACHED_SHARE = 0.6;

/** Part of the requests that fail outside of the outage. */
const FAILURE_SHARE = 0.004;

/** The outage: its begin before the end of the demo, its length, and the part of the provider's requests that fail. */
const OUTAGE = { daysBefore: 9, minutes: 95, share: 0.85 };

const TEAMS = ['search', 'support', 'growth', 'platform'] as const;
const FEATURES = ['chat', 'summary', 'autocomplete', 'triage', 'translation'] as const;
const SUBJECTS = ['the weekly report', 'an open ticket', 'a contract', 'release notes', 'a meeting'] as const;
const PLACES = ['Berlin', 'Lagos', 'Lima', 'Osaka', 'Perth', 'Quito', 'Turin', 'Zagreb'] as const;

/** A record for `POST /api/v1/requests`, and which of the two projects sent it. */
export interface DemoRecord {
  /** 0 or 1. */
  readonly project: 0 | 1;
  readonly record: Readonly<Record<string, unknown>>;
}

/**
 * Records of the 30 days before a time, in the order of time. The same total and time give the same records, with the
 * same `source_id`s, so that a second run stores nothing twice.
 */
export function* demoRecords(total: number, now: Date): Generator<DemoRecord> {
  const random = seededRandom(SEED);
  const outage = outageBefore(now);
  let number = 0;
  for (const hour of demoHours(total, now)) {
    for (const timeMs of timesWithin(hour, random)) {
      yield demoRecord(
        number,
        { timeMs, isOutage: timeMs >= outage.startMs && timeMs < outage.endMs },
        random,
      );
      number += 1;
    }
  }
}

/** When the outage begins and ends, ms since 1970: in a busy hour of a day in the past. */
export function outageBefore(now: Date): { readonly startMs: number; readonly endMs: number } {
  const day = Math.floor(now.getTime() / DAY_MS) - Math.min(OUTAGE.daysBefore, DEMO_DAYS - 1);
  const startMs = day * DAY_MS + 14 * 60 * MINUTE_MS;
  return { startMs, endMs: startMs + OUTAGE.minutes * MINUTE_MS };
}

function timesWithin({ startMs, endMs, requests }: DemoHour, random: Random): number[] {
  const times = Array.from({ length: requests }, () => Math.floor(startMs + random() * (endMs - startMs)));
  return times.sort((one, other) => one - other);
}

interface Moment {
  readonly timeMs: number;
  readonly isOutage: boolean;
}

function demoRecord(number: number, { timeMs, isOutage }: Moment, random: Random): DemoRecord {
  const model = pickModel(random);
  const project = random() < 0.7 ? 0 : 1;
  const failureShare = isOutage && model.provider === FAILING_PROVIDER ? OUTAGE.share : FAILURE_SHARE;
  const failed = random() < failureShare;
  const hit = !failed && random() < HIT_SHARE;
  const record = {
    source_id: `demo-${number}`,
    timestamp: new Date(timeMs).toISOString(),
    // Some users ask much more than others.
    user: `user-${String(Math.floor(USERS * random() ** 2.5)).padStart(3, '0')}`,
    ...{ provider: model.provider, model: model.model },
    prompt: `Summarise ${pick(SUBJECTS, random)} for the team in ${pick(PLACES, random)}`,
    tags: { team: pick(TEAMS, random), feature: pick(FEATURES, random) },
    latency_ms: failed ? 10_000 : hit ? 3 : Math.round(model.latencyMs * Math.exp(0.5 * normal(random))),
    status: failed ? 'failed' : 'completed',
    ...(failed ? { error_code: isOutage ? 'overloaded' : 'timeout' } : {}),
    cache_hit: hit,
    ...usageOf(model, failed, random),
  };
  return { project, record };
}

function usageOf({ tokens, usage }: DemoModel, failed: boolean, random: Random): Record<string, unknown> {
  if (failed) return { tokens: { input: 0, output: 0 } };
  const [medianInput, medianOutput] = tokens;
  const input = Math.max(1, Math.round(medianInput * Math.exp(0.6 * normal(random))));
  const output = Math.round(medianOutput * Math.exp(0.6 * normal(random)));
  const cached = random() < 0.3 ? Math.floor(input * CACHED_SHARE) : 0;
  return usage === null ? { tokens: { input, output } } : { usage: usage({ input, cached, output }) };
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[Math.floor(random() * values.length)] as T;
}
