import { CallError } from '../../shared/call-error';
import { REAL_WAITING } from '../../shared/retry';
import { getMetricData, type MetricDataReader, type SeriesResult } from './get-metric-data';
import { MetricsFailure } from './metrics-source';
import type { Series } from './query-batches';
import type { StepValues } from './step-values';

/** How often a series is asked for that came in part or not at all. */
const ROUNDS = 3;

/**
 * Points of every series, or why there are none. A part of the points is asked for again and never passed on: a
 * missing point would be taken for silence.
 */
export async function loadSeries(
  reader: MetricDataReader,
  series: readonly Series[],
  startMinute: number,
  endMinute: number,
): Promise<Map<string, StepValues | MetricsFailure>> {
  const done = new Map<string, StepValues | MetricsFailure>();
  let missing = series;
  for (let round = 1; missing.length > 0; round += 1) {
    const results = await ask(reader, missing, startMinute, endMinute);
    for (const [key, result] of results) {
      if (result instanceof MetricsFailure || isFinal(result)) done.set(key, outcomeOf(result));
      else if (round === ROUNDS) done.set(key, incomplete(result));
    }
    missing = missing.filter(({ key }) => !done.has(key));
    if (missing.length > 0) await pause(reader, round);
  }
  return done;
}

/** Refusals of a request are passed on to its series; where one series may be at fault, the others are asked alone. */
async function ask(
  reader: MetricDataReader,
  series: readonly Series[],
  startMinute: number,
  endMinute: number,
): Promise<ReadonlyMap<string, SeriesResult | MetricsFailure>> {
  try {
    return await getMetricData(reader, series, startMinute, endMinute);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const { kind, message } = error;
    if (kind !== 'invalid' || series.length === 1) {
      return new Map(series.map(({ key }) => [key, new MetricsFailure(kind, message, { cause: error })]));
    }
    const half = Math.ceil(series.length / 2);
    const parts = [series.slice(0, half), series.slice(half)];
    const results = await Promise.all(parts.map((part) => ask(reader, part, startMinute, endMinute)));
    return new Map(results.flatMap((result) => [...result]));
  }
}

function isFinal({ status }: SeriesResult): boolean {
  return status === 'Complete' || status === 'Forbidden';
}

function outcomeOf(result: SeriesResult | MetricsFailure): StepValues | MetricsFailure {
  if (result instanceof MetricsFailure) return result;
  if (result.status === 'Complete') return result.values;
  return new MetricsFailure('forbidden', describe('CloudWatch answered Forbidden', result));
}

function incomplete(result: SeriesResult): MetricsFailure {
  const kind = result.status === 'InternalError' ? 'server' : 'partial';
  const said = result.status ? `answered ${result.status}` : 'left the metric out';
  return new MetricsFailure(kind, describe(`CloudWatch ${said} ${ROUNDS} times`, result));
}

function describe(problem: string, { messages }: SeriesResult): string {
  return [problem, ...messages].join('; ');
}

/** Full jitter, as between the tries of one call. */
async function pause({ retries, waiting = REAL_WAITING }: MetricDataReader, round: number): Promise<void> {
  const bound = Math.min(retries.maxDelayMs, retries.baseDelayMs * 2 ** (round - 1));
  await waiting.sleep(waiting.random() * bound);
}
