import { loadEnvironment } from '../../lib/config/resolve-config';
import type { History } from '../traffic/read-history';
import { type CostComparison, compareCosts } from './compare-costs';
import { type Fit, fitOf } from './fit';
import { changesAsInput, type KnobChange, knobChanges } from './knob-changes';
import { type LoadShape, loadShape } from './load-shape';
import { editKnobs } from './patch/edit-knobs';
import { unifiedDiff } from './patch/unified-diff';
import type { VpaRecommendation } from './read-vpa';
import { recommendSizes, type Sizing } from './recommend';
import type { ScalerReplay } from './replay-scaler';
import { type CostName, type RequestCost, requestCost } from './request-cost';

/** The file that the patch changes, from the root of the repository. */
export const ENVIRONMENTS_FILE = 'lib/config/environments.ts';

/** Sizes for an environment; `--json` prints it. */
export interface SizingReport {
  readonly environment: string;
  readonly shape: LoadShape;
  readonly cost: RequestCost;
  /** null: no cluster was asked, or its VPA has no recommendation. */
  readonly vpa: VpaRecommendation | null;
  readonly sizing: Sizing;
  readonly configured: Fit;
  readonly recommended: Fit;
  readonly changes: readonly KnobChange[];
  readonly monthly: CostComparison;
  /** Predictive scaling on the same traffic. null: it was not replayed. */
  readonly scaler: ScalerReplay | null;
  /** Text for `git apply`; empty where nothing changes. */
  readonly patch: string;
}

export interface SizeInput {
  readonly environment: string;
  readonly history: Pick<History, 'samples' | 'stepMinutes'>;
  readonly growth: number;
  readonly cost: Readonly<Partial<Record<CostName, string>>>;
  readonly vpa: VpaRecommendation | undefined;
  /** Text of `environments.ts`. */
  readonly source: string;
}

/** Pure but for the price table. @throws UsageError, ConfigError */
export function sizeEnvironment(input: SizeInput): SizingReport {
  const { environment, history, growth, vpa, source } = input;
  const config = loadEnvironment(environment);
  const cost = requestCost(input.cost, config);
  const shape = loadShape(history.samples, history.stepMinutes, growth);
  const sizing = recommendSizes({ config, samples: history.samples, shape, growth, cost, vpa });
  const changes = knobChanges(config, sizing, cost);
  const changed = loadEnvironment(environment, changesAsInput(changes));
  return {
    environment,
    shape,
    cost,
    vpa: vpa ?? null,
    sizing,
    configured: fitOf(config, shape, cost),
    recommended: fitOf(changed, shape, cost),
    changes,
    monthly: compareCosts(config, changed, shape),
    scaler: null,
    patch: unifiedDiff(ENVIRONMENTS_FILE, source, editKnobs(source, environment, changes)),
  };
}
