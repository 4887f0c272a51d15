import type { ScalerFigures, WarmFigures } from './measure-scaler';

/** A line for each goal that the figures miss. */
export function missedGoals({ initMilliseconds, warmRuns }: ScalerFigures): string[] {
  const one = warmRuns.find(({ workloads }) => workloads === 1) as WarmFigures;
  const many = warmRuns.find(({ workloads }) => workloads === 100) as WarmFigures;
  const goals: [name: string, value: number, most: number][] = [
    ['start, ms', initMilliseconds, 300],
    ['a run of one, s', one.seconds, 1],
    ['memory of one, MiB', one.peakMebibytes, 256],
    ['a run of 100, s', many.seconds, 60],
    ['memory of 100, MiB', many.peakMebibytes, 512],
  ];
  return goals
    .filter(([, value, most]) => !(value <= most))
    .map(([name, value, most]) => `missed: ${name}: ${value.toFixed(1)}, at most ${most}`);
}
