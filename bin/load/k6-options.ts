import { z } from 'zod';
import { parseDuration } from '../../test/load/duration.ts';
import { UsageError } from '../cli/command';

const milliseconds = z
  .string()
  .transform(parseDuration)
  .refine((value) => value >= 0, 'must be a duration such as 90s');
const count = z.int().min(1);
const stages = z.array(z.strictObject({ duration: milliseconds, target: z.int().min(0) })).min(1);
const common = { gracefulStop: milliseconds, startTime: milliseconds.default(0) };
const users = { preAllocatedVUs: count, maxVUs: count };

/** The executors that the scripts use, with all their fields: what is not here would not be done. */
const scenario = z.discriminatedUnion('executor', [
  z.strictObject({
    executor: z.literal('shared-iterations'),
    vus: count,
    iterations: count,
    maxDuration: milliseconds,
    ...common,
  }),
  z.strictObject({
    executor: z.literal('constant-arrival-rate'),
    rate: count,
    duration: milliseconds,
    ...users,
    ...common,
  }),
  z.strictObject({
    executor: z.literal('ramping-arrival-rate'),
    startRate: z.int().min(0),
    stages,
    ...users,
    ...common,
  }),
  z.strictObject({
    executor: z.literal('ramping-vus'),
    exec: z.literal('user'),
    startVUs: z.int().min(0),
    stages,
    gracefulRampDown: milliseconds,
    ...common,
  }),
]);

const threshold = z.union([
  z.string().transform((expression) => ({ expression, abortOnFail: false, delayMs: 0 })),
  z
    .strictObject({ threshold: z.string(), abortOnFail: z.boolean(), delayAbortEval: milliseconds })
    .transform((it) => ({
      expression: it.threshold,
      abortOnFail: it.abortOnFail,
      delayMs: it.delayAbortEval,
    })),
]);

/** The options of a script; those about connections, cookies and summaries are k6's alone. */
const options = z.strictObject({
  userAgent: z.string(),
  tags: z.record(z.string(), z.string()),
  discardResponseBodies: z.boolean(),
  noCookiesReset: z.boolean(),
  dns: z.strictObject({ ttl: z.string(), select: z.string(), policy: z.string() }),
  summaryTrendStats: z.array(z.string()),
  scenarios: z.record(z.string().regex(/^[\w-]+$/), scenario),
  thresholds: z.record(z.string(), z.array(threshold).min(1)),
});

/** A script's options with durations in ms. */
export type K6Options = z.infer<typeof options>;
export type K6Scenario = K6Options['scenarios'][string];
export type K6Threshold = z.infer<typeof threshold>;

/** @throws UsageError naming each field that the command does not understand */
export function parseK6Options(script: string, value: unknown): K6Options {
  const result = options.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map(
    ({ path, message }) => `${script}: options.${path.join('.')} ${message}`,
  );
  throw new UsageError(lines.join('\n'));
}

/** Length of a scenario, ms; without what is still under way at its end. */
export function lengthOf(scenario: K6Scenario): number {
  switch (scenario.executor) {
    case 'shared-iterations':
      return scenario.maxDuration;
    case 'constant-arrival-rate':
      return scenario.duration;
    case 'ramping-arrival-rate':
    case 'ramping-vus':
      return scenario.stages.reduce((sum, { duration }) => sum + duration, 0);
  }
}

/** Length of a script, ms. */
export function lengthOfAll({ scenarios }: K6Options): number {
  return Math.max(...Object.values(scenarios).map((scenario) => scenario.startTime + lengthOf(scenario)));
}
