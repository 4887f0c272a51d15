import { rowSeconds, type TimelineRow } from '../results/timeline';
import type { ScriptResult } from '../run-script';
import { type GeneratorTask, generateLoad } from './generator';
import { type MeasuredPod, PodSampler, type ResourceSample } from './pod-sampler';

export interface MeasureLoadProps {
  readonly task: GeneratorTask;
  /** The pods of the moment; none: their resources are not known. */
  readonly pods: () => readonly MeasuredPod[];
  /** Time of a clock that other processes have too and that only goes forward, ms. */
  readonly now: () => number;
  readonly onRow: (row: TimelineRow) => void;
  readonly signal: AbortSignal;
}

/** A run as clients and pods saw it. */
export interface MeasuredRun {
  readonly result: ScriptResult;
  /** Machine and pods; `atMs` by the same clock as the result's `startMs`. */
  readonly resources: readonly ResourceSample[];
  /** Processor time of the generator, ms. */
  readonly generatorMs: number;
  /** Processor time of all pods during the run, ms; NaN where it is not known. */
  readonly podsMs: number;
}

/** Offers a load, and looks at the pods meanwhile. */
export async function measureLoad({
  task,
  pods,
  now,
  onRow,
  signal,
}: MeasureLoadProps): Promise<MeasuredRun> {
  const sampler = new PodSampler({ pods, now, everyMs: 1000 * rowSeconds(task.seconds) });
  const load = await generateLoad(task, { onRow, signal }).finally(() => sampler.stop());
  const seconds = sampler.samples.flatMap(({ pods: list }) => list.map((pod) => pod.processorSeconds));
  return {
    ...load,
    resources: sampler.samples,
    podsMs: seconds.length === 0 ? Number.NaN : 1000 * seconds.reduce((sum, value) => sum + value, 0),
  };
}
