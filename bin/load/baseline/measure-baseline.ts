import type { MeasuredRun } from '../local/measure-load';
import { CalibrationLoop } from './calibrate';
import { type PairedRun, type Ratios, type RunCost, ratiosOf } from './ratios';

export interface MeasureBaselineProps {
  /** Number of runs. */
  readonly repeat: number;
  /** One run of the load. */
  readonly run: () => Promise<MeasuredRun>;
  /** Time of a clock that only goes forward, ms. */
  readonly now: () => number;
  /** Called with what happens, a line each. */
  readonly onStep: (line: string) => void;
}

/** Measures runs of one load, each between two calibrations. */
export async function measureRatios({ repeat, run, now, onStep }: MeasureBaselineProps): Promise<Ratios> {
  const loop = await CalibrationLoop.start(now);
  try {
    // The first run fills caches and makes code hot.
    onStep('run 0, which is not counted');
    await run();
    const runs: PairedRun[] = [];
    let before = await loop.measure();
    for (let number = 1; number <= repeat; number += 1) {
      onStep(`run ${number} of ${repeat}`);
      const cost = costOf(await run());
      const after = await loop.measure();
      runs.push({ before, cost, after });
      before = after;
    }
    return ratiosOf(runs);
  } finally {
    loop.end();
  }
}

function costOf({ result, podsMs }: MeasuredRun): RunCost {
  const { api, cachedP50Ms } = result.figures;
  return {
    processorMs: podsMs / result.requests,
    p50Ms: api?.p50 ?? Number.NaN,
    p95Ms: api?.p95 ?? Number.NaN,
    cachedP50Ms: cachedP50Ms ?? Number.NaN,
  };
}
