import type { Options } from 'k6/options';
import { Client } from './client.ts';
import { commonOptions } from './common-options.ts';
import { readParameters } from './parameters.ts';
import { chain, type Phase, rateOf } from './phases.ts';
import { llmThresholds } from './thresholds.ts';
import { visitor } from './visit.ts';

/** Steps up to the last one, which is STRESS_FACTOR times the objective. */
const STEPS = 4;
/** How long a step has to miss an objective before the test ends, ms. */
const PATIENCE_MS = 30_000;

const parameters = readParameters(__ENV);
const { durationMs = 180_000, rampMs = 120_000, stressFactor } = parameters;

export const client = () => new Client(parameters);

/** How much is held, and where it breaks: steps up to beyond the objective, ending at the first that fails. */
export const options: Options = {
  ...commonOptions('stress', parameters),
  ...scenariosAndThresholds(),
};

export default visitor(client());

function scenariosAndThresholds() {
  const rates = Array.from({ length: STEPS }, (_, step) =>
    rateOf(parameters, (stressFactor * (step + 1)) / STEPS),
  );
  const phases = rates.flatMap((rate, step): Phase[] => [
    // Time for replicas to come; latencies count once the step is reached.
    {
      name: `to_${step + 1}_${rate}_rps`,
      from: rates[step - 1] ?? 0,
      to: rate,
      durationMs: rampMs,
      judged: false,
    },
    {
      name: `at_${step + 1}_${rate}_rps`,
      from: rate,
      to: rate,
      durationMs,
      judged: true,
      abortAfterMs: Math.min(PATIENCE_MS, durationMs / 2),
    },
  ]);
  const { scenarios, thresholds } = chain(phases, parameters);
  return { scenarios, thresholds: { ...thresholds, ...llmThresholds(parameters) } };
}
