import { parseWorkload, ScalerEventError } from '../../lambda/predictive-scaler/config';
import type { WorkloadSettings } from '../../lambda/predictive-scaler/constants';
import { UsageError } from '../cli/command';
import { readText } from './connect';

/**
 * A list of WorkloadSettings.
 * @param dryRun none of them acts
 * @throws UsageError naming the file, the field and what it may be
 */
export function readWorkloads(path: string, dryRun: boolean): WorkloadSettings[] {
  const list = parseJson(path);
  if (!Array.isArray(list)) throw new UsageError(`${path} must be a JSON list of workloads`);
  try {
    const workloads = list.map((one, index) => parseWorkload(one, `${path}[${index}]`));
    const twice = workloads.find(
      ({ name }, index) => workloads.findIndex((one) => one.name === name) < index,
    );
    if (twice) throw new UsageError(`${path}: a name must be unique, got ${twice.name} twice`);
    return dryRun ? workloads.map((workload) => ({ ...workload, mode: 'forecast-only' })) : workloads;
  } catch (cause) {
    if (!(cause instanceof ScalerEventError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readText('workloads', path));
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`${path} must be JSON (${(cause as Error).message})`, { cause });
  }
}
