import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Trace } from '../../lambda/predictive-scaler/backtest/trace';
import { UsageError } from '../cli/command';
import { type History, type HistoryOptions, readHistory } from '../traffic/read-history';

const DAY_MINUTES = 1440;

/** Days before the first origin; a week, so that every weekday has been seen. */
const LEAST_HISTORY_DAYS = 7;

/** Days of a trace that are gone through where `--days` does not say. */
const DEFAULT_DAYS = 7;

/** Widest step from which scaling is simulated without a warning, minutes: a wider one hides peaks. */
const COARSEST_SIMULATED_MINUTES = 10;

/** A trace with how its file was read. */
export interface TraceFile {
  readonly trace: Trace;
  readonly history: History;
}

const minute = z
  .string()
  .transform((text) => Date.parse(text) / 60_000)
  .refine((minutes) => Number.isInteger(minutes), 'must be an ISO 8601 minute, e.g. 2025-01-15T00:00:00Z');

const Manifest = z.array(
  z.object({
    trace: z.string().min(1),
    file: z.string().min(1),
    step_min: z.union([z.literal(1), z.literal(5), z.literal(10), z.literal(30), z.literal(60)]),
    horizons_min: z.array(z.number().min(5).max(1440)).min(1),
    cadence_min: z.number().int().min(1),
    eval_start: minute,
    eval_end: minute,
    scale: z.number().positive(),
    sim: z.boolean(),
  }),
);

/** How the traces of a run are read. */
export interface TraceOptions extends Omit<HistoryOptions, 'stepMinutes'> {
  /**
   * Days to go through at most.
   * @default 7 of a trace, all scored days of a manifest
   */
  readonly days?: number;
}

/**
 * The traces of a benchmark's manifest, in requests per minute.
 * @throws UsageError that names the file and what is wrong with it
 */
export function readManifest(path: string, { days, ...options }: TraceOptions = {}): TraceFile[] {
  return parseManifest(path).map((entry) => {
    const history = readHistory(join(dirname(path), entry.file), { ...options, stepMinutes: entry.step_min });
    const { samples, stepMinutes } = history;
    const limit = days === undefined ? entry.eval_end : entry.eval_start + days * DAY_MINUTES;
    const trace = {
      name: entry.trace,
      samples: samples.map(({ minute, load }) => ({ minute, load: load * entry.scale })),
      stepMinutes,
      cadenceMinutes: entry.cadence_min,
      horizonsMinutes: entry.horizons_min,
      startMinute: entry.eval_start,
      endMinute: Math.min(entry.eval_end, limit),
      simulatesScaling: entry.sim,
    };
    return { trace, history };
  });
}

function parseManifest(path: string) {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--manifest must be a JSON file, got ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const parsed = Manifest.safeParse(content);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${path}: ${issue.path.join('.')}: ${issue.message}`);
  throw new UsageError(lines.join('\n'));
}

/**
 * A service's own traffic: the last whole days of the file, after at least a week of history.
 * @throws UsageError that names the line, the reason and what to do
 */
export function readTraceFile(
  path: string,
  { days = DEFAULT_DAYS, ...options }: TraceOptions = {},
): TraceFile {
  const history = readHistory(path, options);
  const { samples, stepMinutes } = history;
  const first = samples[0]?.minute ?? 0;
  const end = (samples.at(-1)?.minute ?? 0) + stepMinutes;
  const scoredDays = Math.min(days, Math.floor((end - first) / DAY_MINUTES) - LEAST_HISTORY_DAYS);
  if (scoredDays < 1) {
    const have = ((end - first) / DAY_MINUTES).toFixed(1);
    throw new UsageError(
      `${path}: at least ${LEAST_HISTORY_DAYS + 1} days are needed (${LEAST_HISTORY_DAYS} to learn from, 1 to score), got ${have}; export a longer time`,
    );
  }
  const cadenceMinutes = stepMinutes <= 5 ? 15 : stepMinutes;
  const trace = {
    name: basename(path).replace(/(\.(csv|json|tsv|txt))?(\.gz)?$/i, ''),
    samples,
    stepMinutes,
    cadenceMinutes,
    horizonsMinutes: stepMinutes === 60 ? [30, 90] : [15, 30],
    // On the clock, as the bins of the forecasts are.
    startMinute: Math.ceil((end - scoredDays * DAY_MINUTES) / cadenceMinutes) * cadenceMinutes,
    endMinute: end,
    simulatesScaling: true,
  };
  return { trace, history };
}

/** Whether simulated scaling of a trace is too good for every policy, because its steps hide peaks. */
export function isCoarse({ stepMinutes }: Trace): boolean {
  return stepMinutes > COARSEST_SIMULATED_MINUTES;
}
