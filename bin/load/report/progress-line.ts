import { type Latencies, shareText, type TimelineRow } from '../results/timeline';

/** Seconds between two lines of progress. */
const PROGRESS_SECONDS = 5;

/** What happens in a run, as a line of a terminal; undefined for the rows in between. */
export function progressLine({
  atSecond,
  seconds,
  ended,
  refused,
  api,
  llm,
  errors,
  connections,
}: TimelineRow): string | undefined {
  if (atSecond % PROGRESS_SECONDS !== 0) return undefined;
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return [
    `${atSecond} s: ${((ended - refused) / seconds).toFixed(0)}/s`,
    `p95 ${p95(api)} ms`,
    `LLM ${p95(llm)} ms`,
    `${refused === 0 ? 0 : shareText(refused, ended)} refused`,
    `${failed} errors`,
    `${connections} connections`,
  ].join(', ');
}

function p95(latencies: Latencies | null): string {
  return latencies === null ? '-' : latencies.p95.toFixed(0);
}
