import type { Options } from 'k6/options';
import { Client } from './client.ts';
import { commonOptions } from './common-options.ts';
import { readParameters } from './parameters.ts';
import { chain, rateOf } from './phases.ts';
import { llmThresholds } from './thresholds.ts';
import { visitor } from './visit.ts';

/** How long the rate stays low before and after, ms. */
const CALM_MS = 120_000;

const parameters = readParameters(__ENV);
const { durationMs = 180_000, rampMs = 10_000, spikeFactor } = parameters;
// The peak is the objective, and exactly the factor times what is before, whatever the scale.
const base = rateOf(parameters, 1 / spikeFactor);
const peak = base * spikeFactor;
// How a platform that refuses most of a spike gets out of it is the question, so the test goes on.
const goesOn = true;
const { scenarios, thresholds } = chain(
  [
    { name: 'before', from: base, to: base, durationMs: CALM_MS, judged: true },
    { name: 'surge', from: base, to: peak, durationMs: rampMs, judged: false, goesOn },
    { name: 'peak', from: peak, to: peak, durationMs, judged: true, goesOn },
    { name: 'fall', from: peak, to: base, durationMs: rampMs, judged: false, goesOn },
    { name: 'after', from: base, to: base, durationMs: CALM_MS, judged: true },
  ],
  parameters,
);

export const client = () => new Client(parameters);

/** Whether the platform stays up while the load becomes many times as high within seconds. */
export const options: Options = {
  ...commonOptions('spike', parameters),
  scenarios,
  thresholds: { ...thresholds, ...llmThresholds(parameters) },
};

export default visitor(client());
