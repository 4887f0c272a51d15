import { CallError } from '../../../service/shared/call-error';
import { REAL_WAITING } from '../../../service/shared/retry';
import { getMetricData, type MetricDataReader, type SeriesResult } from './get-metric-data';
import { MetricsFailure } from './metrics-source';
import type { Series } from './query-batches';
import type { StepValues } from './step-values';

/** Most refused requests of one batch: nine find one invalid series among 500; a fully invalid batch ends early. */
const MAX_REFUSALS = 40;

/** Attempts for a series that is incomplete or missing. */
const MAX_ROUNDS = 3;

/**
 * Loads the points of every series, or the reason why they are missing. Incomplete results are requested again and
 * never returned, because a missing point could count as a load of zero.
 */
export async function loadSeries(
  reader: MetricDataReader,
  series: readonly Series[],
  startMinute: number,
  endMinute: number,
): Promise<Map<string, StepValues | MetricsFailure>> {
  const done = new Map<string, StepValues | MetricsFailure>();
  const refusals = { left: MAX_REFUSALS };
  let missing = series;
  for (let round = 1; missing.length > 0; round += 1) {
    const results = await requestSeries(reader, missing, startMinute, endMinute, refusals);
    for (const [key, result] of results) {
      if (result instanceof MetricsFailure || isFinal(result)) done.set(key, outcomeOf(result));
      else if (round === MAX_ROUNDS) done.set(key, incomplete(result));
    }
    missing = missing.filter(({ key }) => !done.has(key));
    if (missing.length > 0) await pause(reader, round);
  }
  return done;
}

/**
 * Requests series together. If CloudWatch refuses them as invalid, it halves the request to find the invalid series.
 */
async function requestSeries(
  reader: MetricDataReader,
  series: readonly Series[],
  startMinute: number,
  endMinute: number,
  refusals: { left: number },
): Promise<ReadonlyMap<string, SeriesResult | MetricsFailure>> {
  try {
    return await getMetricData(reader, series, startMinute, endMinute);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const { kind, message } = error;
    refusals.left -= 1;
    if (kind !== 'invalid' || series.length === 1 || refusals.left <= 0) {
      return new Map(series.map(({ key }) => [key, new MetricsFailure(kind, message, { cause: error })]));
    }
    const half = Math.ceil(series.length / 2);
    const first = await requestSeries(reader, series.slice(0, half), startMinute, endMinute, refusals);
    const second = await requestSeries(reader, series.slice(half), startMinute, endMinute, refusals);
    return new Map([...first, ...second]);
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
  return new MetricsFailure(kind, describe(`CloudWatch ${said} ${MAX_ROUNDS} times`, result));
}

function describe(problem: string, { messages }: SeriesResult): string {
  return [problem, ...messages].join('; ');
}

/** Waits before the next round, with full jitter as in `withRetries`. */
async function pause({ retries, waiting = REAL_WAITING }: MetricDataReader, round: number): Promise<void> {
  const bound = Math.min(retries.maxDelayMs, retries.baseDelayMs * 2 ** (round - 1));
  await waiting.sleep(waiting.random() * bound);
}
