import type { WorkloadSettings } from '../../lambda/predictive-scaler/constants';
import { UsageError } from '../cli/command';
import { type History, type HistoryOptions, readHistory } from '../traffic/read-history';

/**
 * The histories of workloads, in samples as wide as the workload's step.
 * @param files path of a workload's file by the workload's name
 * @throws UsageError on a file that cannot be read so, or of a workload that is not in the list
 */
export function readTraffic(
  files: Readonly<Record<string, string>>,
  workloads: readonly WorkloadSettings[],
  options: Omit<HistoryOptions, 'stepMinutes'>,
): Record<string, History> {
  const histories = Object.entries(files).map(([name, path]) => {
    const workload = workloads.find((one) => one.name === name);
    if (workload === undefined) {
      const names = workloads.map((one) => one.name).join(', ');
      throw new UsageError(`--traffic ${name}=${path}: there is no workload ${name}, only ${names}`);
    }
    const history = readHistory(path, { ...options, stepMinutes: workload.stepMinutes });
    refuseOtherPeriod(history, workload);
    return [name, history] as const;
  });
  return Object.fromEntries(histories);
}

/** A count of one minute is no count of five: the workload's scale would not fit it. */
function refuseOtherPeriod({ understood }: History, { name, load, stepMinutes }: WorkloadSettings): void {
  const { file, fileStepSeconds, values } = understood;
  if (values !== 'loads' || load.statistic !== 'Sum' || fileStepSeconds === stepMinutes * 60) return;
  throw new UsageError(
    `${file}: rows are ${fileStepSeconds} s apart, but workload ${name} has counts of ${stepMinutes} min (statistic Sum); export that step, or add --per-second`,
  );
}
