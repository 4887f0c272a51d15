import { missedGoals } from './goals';
import type { ScalerFigures } from './measure-scaler';

/** The figures as text, with the goals that they miss. */
export function formatFigures(figures: ScalerFigures): string {
  const { bundleBytes, firstRun, initMilliseconds, loadAverage, warmRuns } = figures;
  const per = warmRuns[0]?.secondsPerWorkload ?? Number.NaN;
  return [
    `bundle        ${(bundleBytes / 1000).toFixed(0)} kB`,
    `start         ${initMilliseconds.toFixed(0)} ms, with Node`,
    `first run     ${firstRun.seconds.toFixed(2)} s, ${firstRun.peakMebibytes.toFixed(0)} MiB (trains)`,
    ...warmRuns.map(
      ({ workloads, seconds, secondsPerWorkload, peakMebibytes }) =>
        `${String(workloads).padStart(3)} warm      ${seconds.toFixed(2)} s, ${peakMebibytes.toFixed(0)} MiB, ` +
        `${secondsPerWorkload.toFixed(3)} s each (x${(secondsPerWorkload / per).toFixed(2)})`,
    ),
    `load average  ${loadAverage.toFixed(1)}`,
    ...missedGoals(figures),
  ].join('\n');
}
